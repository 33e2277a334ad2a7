"""A phone's messages through decoder, clock and hold-back, against the truth that made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.session.phones import PROFILE, UTC_2026, Batch, batches, errors_s, frame, hear, in_order, times_of, truth_of
from tidehold.records import Cue, Estimate, Frame, Gap, HostNs, Link, Output, Rejected, Sample
from tidehold.session.phone import NO_MOTION, PhoneIntake
from tidehold.units import NS
from tidehold.wire.profile import Channel, Stream

LATE, DUPLICATE, TWICE = "came too late: newer samples had been used already", "duplicate", "delivered twice"
TOO_NEW, TOO_OLD = "time stamp in the future", "time stamp too old"
RESET, SILENT = "device clock was reset", "the phone sent nothing"
MISSING = "messages lost between the phone and here"
END = HostNs(1000 * NS)


def phone() -> PhoneIntake:
    made = PhoneIntake("phone", PROFILE)
    made.link(Link(HostNs(0), "phone", "up", {"profile": PROFILE.id}))
    return made


def heard(messages: Iterable[Batch]) -> list[Output]:
    """All that messages lead to, to the end of the session."""
    one = phone()
    return hear(one, messages) + one.close(END)


def gaps(outputs: Iterable[Output]) -> list[Gap]:
    return [out for out in outputs if isinstance(out, Gap)]


def refused(outputs: Iterable[Output]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for out in outputs:
        if isinstance(out, Rejected):
            counts[out.why] += out.count
    return counts


def count(messages: Iterable[Batch]) -> int:
    return sum(len(each.device) for each in messages)


def settled_ms(outputs: list[Output], after_s: float) -> float:
    """The largest error of the samples from later than this, ms."""
    return float(1e3 * np.abs(errors_s(outputs)[truth_of(outputs) > after_s]).max())


@pytest.mark.parametrize("every_s", [0.1, 0.2, 1.0])
@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 100.0])
def test_samples_lie_where_they_were_taken_and_none_is_lost(rate_hz: float, every_s: float) -> None:
    sent = in_order(batches(rate_hz=rate_hz, every_s=every_s))
    outputs = heard(sent)
    assert len(times_of(outputs)) == count(sent)
    assert (np.diff(times_of(outputs)) > 0).all()
    assert settled_ms(outputs, 20.0) < 15
    assert not gaps(outputs)
    assert not refused(outputs)


def test_without_a_hole_samples_are_let_go_when_they_come() -> None:
    one = phone()
    for each in in_order(batches(seconds=10)):
        samples = [out for out in one.frame(frame(each)) if isinstance(out, Sample)]
        assert [len(sample.times) for sample in samples] == [len(each.device)]
        assert samples[0].t == round(each.arrival_s * NS)


@pytest.mark.parametrize("every_s", [0.2, 1.0])
@pytest.mark.parametrize("by_s", [0.2, 0.7, 1.5, 3600.0, -3600.0])
def test_a_clock_that_is_set_loses_nothing(by_s: float, every_s: float) -> None:
    sent = in_order(batches(seconds=60, every_s=every_s, steps=((30.0, by_s),)))
    outputs = heard(sent)
    assert len(times_of(outputs)) == count(sent)
    assert (np.diff(times_of(outputs)) > 0).all()
    assert settled_ms(outputs, 0.0) < 50 + (1000 * by_s if by_s == 0.2 else 0)
    assert settled_ms(outputs, 45.0) < 20
    assert not gaps(outputs)


@pytest.mark.parametrize("every_s", [0.2, 1.0])
@pytest.mark.parametrize(("by_s", "lost_s"), [(-0.2, 0.2), (-1.5, 1.6), (-5.0, 3.1)])
def test_a_clock_that_is_set_back_a_little_loses_what_it_says_twice_and_counts_it(
    by_s: float, lost_s: float, every_s: float
) -> None:
    sent = in_order(batches(seconds=60, every_s=every_s, steps=((30.0, by_s),)))
    outputs = heard(sent)
    lost = count(sent) - len(times_of(outputs))
    assert lost <= lost_s * 100
    assert refused(outputs) == {LATE: lost}
    assert (np.diff(times_of(outputs)) > 0).all()
    assert settled_ms(outputs, 35.0) < 20
    assert {gap.why for gap in gaps(outputs)} == ({RESET} if by_s < -1 else set())


def test_a_phone_that_was_switched_on_anew_is_followed() -> None:
    before = in_order(batches(seconds=20))
    after = in_order(batches(1, start_s=40, seconds=20, epoch=-40 * NS))
    outputs = heard(before + after)
    assert len(times_of(outputs)) == count(before + after)
    assert settled_ms(outputs, 10.0) < 35
    assert [(round(gap.start / NS), round(gap.end / NS)) for gap in gaps(outputs)] == [(21, 40)]


@pytest.mark.parametrize("held_s", [20.0, 60.0])
def test_a_clump_after_silence_lies_where_it_was_taken(held_s: float) -> None:
    sent = in_order(batches(seconds=120, held=((30.0, 30.0 + held_s),)))
    outputs = heard(sent)
    assert len(times_of(outputs)) == count(sent)
    assert settled_ms(outputs, 10.0) < 10
    assert not gaps(outputs)
    assert not refused(outputs)


def test_a_clump_at_the_very_start_is_put_right() -> None:
    sent = in_order(batches(seconds=60, held=((0.0, 4.0),)))
    outputs = heard(sent)
    assert settled_ms(outputs, 15.0) < 10
    assert len(times_of(outputs)) + refused(outputs)[LATE] == count(sent)


@pytest.mark.parametrize("absurd", [5, 3 * 10**18, 9 * 10**18])
def test_a_first_message_with_absurd_times_does_no_lasting_harm(absurd: int) -> None:
    sent = in_order(batches(seconds=30))
    sent[0] = sent[0]._replace(device=sent[0].device - sent[0].device[0] + absurd)
    outputs = heard(sent)
    assert len(times_of(outputs)) >= count(sent[1:])
    assert len(times_of(outputs)) + sum(refused(outputs).values()) == count(sent)
    assert settled_ms(outputs, 10.0) < 10


def test_single_absurd_stamps_are_refused_and_poison_nothing() -> None:
    sent = in_order(batches(seconds=30))
    clean = heard(sent)
    device = sent[60].device.copy()
    device[[3, 7, 8, 9]] = 0, 9 * 10**18, UTC_2026 - 400 * NS, 2**62 + 1
    sent[60] = sent[60]._replace(device=device)
    outputs = heard(sent)
    assert refused(outputs) == {TOO_NEW: 2, TOO_OLD: 2}
    kept = np.isin(times_of(clean), times_of(outputs))
    assert np.count_nonzero(~kept) == 4
    assert len(times_of(outputs)) == count(sent) - 4


def test_samples_of_the_future_and_of_long_ago_are_refused() -> None:
    sent = in_order(batches(seconds=30))
    sent[100] = sent[100]._replace(device=sent[100].device + np.where(np.arange(20) < 3, 5 * NS, 0))
    device = sent[120].device.copy()
    device[:2] -= 40 * NS  # before the session
    sent[120] = sent[120]._replace(device=device)
    outputs = heard(sent)
    assert refused(outputs)[TOO_OLD] == 2
    assert len(times_of(outputs)) + sum(refused(outputs).values()) == count(sent)
    assert (np.diff(times_of(outputs)) > 0).all()


@given(st.randoms(), st.sets(st.integers(0, 39), max_size=8))
@settings(max_examples=20)
def test_swapped_and_repeated_messages_give_exactly_the_samples_of_those_in_order(
    dice: object, again: set[int]
) -> None:
    sent = in_order(batches(seconds=8))
    order = list(range(40))
    for first in range(1, 40, 6):  # within a window of 1.2 s
        block = order[first : first + 6]
        dice.shuffle(block)  # type: ignore[attr-defined]
        order[first : first + 6] = block
    # The network lets the messages of a block through together, 10 ms apart, in one order or another.
    opens_s = [
        sent[0].arrival_s,
        *(sent[min(39, (k - 1) // 6 * 6 + 6)].arrival_s + (k - 1) % 6 * 0.01 for k in range(1, 40)),
    ]
    late = [sent[k]._replace(arrival_s=opens_s[i]) for i, k in enumerate(order)]
    plain = [each._replace(arrival_s=opens_s[i]) for i, each in enumerate(sent)]
    repeated = [late[order.index(k)] for k in again]
    repeated = [each._replace(arrival_s=each.arrival_s + 0.035) for each in repeated]
    outputs, wanted = heard(late + repeated), heard(plain)
    assert np.array_equal(truth_of(outputs), truth_of(wanted))
    assert refused(outputs) == Counter({TWICE: len(again)} if again else {})
    assert len(gaps(outputs)) == 0


@given(st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True), st.floats(0.0, 8.0), st.randoms())
@settings(max_examples=30)
def test_what_came_is_let_go_or_counted(delayed: list[int], by_s: float, dice: object) -> None:
    sent = in_order(batches(seconds=20))
    for k in delayed:
        sent[k] = sent[k]._replace(arrival_s=sent[k].arrival_s + by_s * dice.random())  # type: ignore[attr-defined]
    outputs = heard(sent)
    counts = refused(outputs)
    assert len(times_of(outputs)) + sum(counts.values()) == count(sent)
    assert (np.diff(times_of(outputs)) > 0).all()
    assert set(counts) <= {LATE, DUPLICATE, TOO_OLD, TOO_NEW}


def test_a_message_that_comes_after_the_window_is_counted_sample_by_sample() -> None:
    sent = in_order(batches(seconds=20))
    sent[50] = sent[50]._replace(arrival_s=sent[50].arrival_s + 3.0)
    outputs = heard(sent)
    assert refused(outputs) == {LATE: 20}
    assert [(gap.why, gap.lost) for gap in gaps(outputs)] == []  # 0.2 s is no gap yet
    sent[51] = sent[51]._replace(arrival_s=sent[51].arrival_s + 3.0)
    outputs = heard(sent)
    assert refused(outputs) == {LATE: 40}
    assert [(gap.why, gap.lost) for gap in gaps(outputs)] == [(MISSING, 40)]


def test_samples_sent_again_in_another_message_are_duplicates() -> None:
    sent = in_order(batches(seconds=20))
    for k in range(1, 100):
        sent[k] = sent[k]._replace(
            device=np.concatenate((sent[k - 1].device[-5:], sent[k].device[-20:])),
            true_s=np.concatenate((sent[k - 1].true_s[-5:], sent[k].true_s[-20:])),
        )
    outputs = heard(sent)
    assert refused(outputs) == {DUPLICATE: 99 * 5}
    assert len(times_of(outputs)) == 2000
    assert settled_ms(outputs, 10.0) < 10


def test_the_order_inside_a_message_does_not_matter() -> None:
    sent = in_order(batches(seconds=20))
    rng = np.random.default_rng(1)
    shuffled = []
    for each in sent:
        order = rng.permutation(len(each.device))
        shuffled.append(each._replace(device=each.device[order], true_s=each.true_s[order]))
    assert np.array_equal(times_of(heard(shuffled)), times_of(heard(sent)))
    assert np.array_equal(truth_of(heard(shuffled)), truth_of(heard(sent)))


def test_a_later_start_of_the_session_shifts_all_times_alike() -> None:
    sent = [each._replace(arrival_s=each.arrival_s + 100) for each in in_order(batches(seconds=20, held=((5.0, 8.0),)))]
    shift = 7
    later = [each._replace(arrival_s=each.arrival_s + shift) for each in sent]
    assert times_of(heard(later)) - times_of(heard(sent)) == pytest.approx(shift * NS, abs=2)


def test_messages_that_are_lost_leave_a_gap_that_says_so() -> None:
    sent = in_order(batches(seconds=30))
    outputs = heard(sent[:60] + sent[65:])
    assert [(gap.stream, gap.lost, gap.why) for gap in gaps(outputs)] == [("phone/acc", 100, MISSING)]
    assert gaps(outputs)[0].start / NS == pytest.approx(12.99, abs=0.05)
    assert gaps(outputs)[0].end / NS == pytest.approx(14.0, abs=0.05)


def test_a_phone_that_measures_nothing_for_a_while_leaves_a_gap_inside_a_message_too() -> None:
    sent = in_order(batches(seconds=30, every_s=1.0))
    kept = np.r_[0:20, 70:100]
    sent[20] = sent[20]._replace(device=sent[20].device[kept], true_s=sent[20].true_s[kept])
    outputs = heard(sent)
    assert [(gap.lost, gap.why) for gap in gaps(outputs)] == [(50, SILENT)]
    at = outputs.index(gaps(outputs)[0])
    before, after = outputs[at - 1], outputs[at + 1]
    assert isinstance(before, Sample)
    assert isinstance(after, Sample)
    assert (len(before.times), len(after.times)) == (20, 30)
    assert (before.times[-1], after.times[0]) == (gaps(outputs)[0].start, gaps(outputs)[0].end)


def test_what_a_phone_says_now_and_then_has_no_gaps() -> None:
    sent = in_order(batches(seconds=200, rate_hz=0.5, every_s=2.0))
    assert not gaps(heard(sent[:50] + sent[60:]))


@pytest.mark.parametrize(
    ("state", "detail", "why"),
    [
        ("down", {"reason": "the broker went away"}, "link lost: the broker went away"),
        ("stalled", {"stream": "push", "silent_s": "5.0"}, "stalled for 5.0 s"),
    ],
)
def test_the_cause_of_a_gap_is_that_of_the_link(state: str, detail: dict[str, str], why: str) -> None:
    sent = in_order(batches(seconds=30))
    one = phone()
    outputs = hear(one, sent[:60])
    outputs += one.link(Link(HostNs(19 * NS), "phone", state, detail))  # type: ignore[arg-type]
    outputs += one.link(Link(HostNs(20 * NS), "phone", "up", {"profile": PROFILE.id}))
    outputs += hear(one, sent[100:120])
    assert [(gap.why, gap.lost) for gap in gaps(outputs)] == [(why, 800)]
    outputs += hear(one, sent[125:])
    assert [gap.why for gap in gaps(outputs)] == [why, MISSING]
    assert not [out for out in one.close(END) if isinstance(out, Gap)]


def test_a_gap_that_is_open_ends_with_the_session() -> None:
    one = phone()
    outputs = hear(one, in_order(batches(seconds=20)))
    one.link(Link(HostNs(25 * NS), "phone", "down", {"reason": "gone"}))
    end = [out for out in one.close(HostNs(40 * NS)) if isinstance(out, Gap)]
    assert [(gap.start, gap.end, gap.lost, gap.why) for gap in end] == [
        (times_of(outputs)[-1], 40 * NS, None, "link lost: gone")
    ]


def test_what_a_phone_says_now_and_then_has_no_gap_at_the_end_after_a_stall_either() -> None:
    one = phone()
    rarely = in_order(batches(seconds=9, rate_hz=1 / 3, every_s=3))
    for each in in_order(batches(seconds=20)):
        one.frame(frame(each))
    for each in rarely:
        one.frame(frame(each, "other run", ("gyroscope",)))
    one.link(Link(HostNs(22 * NS), "phone", "stalled", {"stream": "push", "silent_s": "2.0"}))
    assert [out.stream for out in one.close(HostNs(40 * NS)) if isinstance(out, Gap)] == ["phone/acc"]


def test_a_stall_that_only_held_things_up_leaves_no_gap() -> None:
    sent = in_order(batches(seconds=60, held=((20.0, 30.0),)))
    one = phone()
    outputs = hear(one, [each for each in sent if each.arrival_s < 29])
    outputs += one.link(Link(HostNs(26 * NS), "phone", "stalled", {"stream": "push", "silent_s": "5.0"}))
    outputs += hear(one, [each for each in sent if each.arrival_s >= 29])
    assert not gaps(outputs + one.close(END))


def test_the_end_of_the_session_lets_go_of_everything() -> None:
    sent = in_order(batches(seconds=4))
    one = phone()
    outputs = hear(one, sent[:10] + sent[11:])
    assert len(times_of(outputs)) == 200
    outputs += one.close(END)
    assert len(times_of(outputs)) == 380


def test_messages_that_the_queue_dropped_are_counted_once() -> None:
    one = phone()
    said = [
        one.link(Link(HostNs(k), "phone", "armed", {"dropped": n}))
        for k, n in enumerate(["0", "3", "3", "5", "x", "2"])
    ]
    counts = [[(out.count, out.why) for out in each if isinstance(out, Rejected)] for each in said]
    full = "dropped: the queue was full"
    assert counts == [[], [(3, full)], [], [(2, full)], [], [(2, full)]]


def test_rates_are_measured_by_the_clock_of_the_phone() -> None:
    one = phone()
    assert one.rate_hz("acc") is None
    sent = in_order(batches(seconds=30, rate_hz=52.0))
    hear(one, sent[:5])
    assert one.rate_hz("acc") is None
    hear(one, sent[5:])
    assert one.rate_hz("acc") == pytest.approx(52.0, rel=1e-3)
    assert one.rate_hz("gyr") is None


def test_the_clock_is_told_once_a_minute() -> None:
    one = phone()
    hear(one, in_order(batches(seconds=300, ppm=40.0)))
    said = [out for k in range(1, 300) for out in one.estimates(HostNs(k * NS))]
    names = Counter(out.name for out in said if isinstance(out, Estimate))
    assert names == {"phone/clock_drift_ppm": 4, "phone/clock_residual_ms": 4}
    drift = [out.value for out in said if isinstance(out, Estimate) and out.name == "phone/clock_drift_ppm"]
    assert drift[-1] == pytest.approx(40.0, abs=10.0)


def test_a_shift_comes_in_gradually_and_loses_nothing() -> None:
    sent = in_order(batches(seconds=60))
    plain, one = times_of(heard(sent)), phone()
    outputs = hear(one, sent[:150])
    one.move(-40_000_000)
    outputs += hear(one, sent[150:])
    times = times_of(outputs)
    assert (np.diff(times) > 0).all()
    assert np.array_equal(times[:3000], plain[:3000])
    assert np.array_equal(times[3200:], plain[3200:] - 40_000_000)


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b'{"payload": 1}', b'{"messageId": 1, "sessionId": "s", "payload": []}']
)
def test_messages_that_say_nothing_are_survived(payload: bytes) -> None:
    one = phone()
    outputs = one.frame(Frame(HostNs(NS), "phone", "push", payload))
    assert not [out for out in outputs if not isinstance(out, Rejected)]
    assert one.close(END) == []


def test_what_is_no_sample_is_counted_by_reason() -> None:
    sent = batches(seconds=2)
    broken = frame(sent[0]).payload.replace(b'"z":9.81', b'"z":"up"', 3)
    intake = phone()
    outputs = intake.frame(Frame(HostNs(NS), "phone", "push", broken))
    assert not refused(outputs)
    assert len(times_of(outputs)) == 17
    # said once a second: an app may send what nobody wants for hours
    assert refused(intake.estimates(HostNs(2 * NS))) == {"acc: value is not a number": 3}
    assert not refused(intake.estimates(HostNs(3 * NS)))


def test_messages_from_longer_ago_than_ten_minutes_are_too_old() -> None:
    sent = in_order(batches(seconds=30))
    sent[100:] = [each._replace(arrival_s=each.arrival_s + 700) for each in sent[100:]]
    outputs = heard(sent)
    assert refused(outputs) == {TOO_OLD: 1000}
    assert len(times_of(outputs)) == 2000


def test_a_stream_of_which_every_stamp_is_wrong_leaves_the_others_alone() -> None:
    one = phone()
    names = ("totalacceleration", "gyroscope")
    outputs: list[Output] = []
    for each in in_order(batches(seconds=4)):
        sent = frame(each, names=names)
        if each.number == 10:
            tree = msgspec.json.decode(sent.payload)
            for entry in tree["payload"][:5]:
                entry["time"] += 10**17 if entry["name"] == "gyroscope" else 0
            tree["payload"] = tree["payload"][:5]
            sent = msgspec.structs.replace(sent, payload=msgspec.json.encode(tree))
        outputs += one.frame(sent)
    assert refused(outputs) == {TOO_NEW: 2}
    assert len(times_of(outputs)) == 400 - 17
    assert len(times_of(outputs, "phone/gyr")) == 400 - 20


def test_what_a_phone_says_without_a_time_is_put_where_it_came() -> None:
    channel = Channel("level", "message", "battery", topic="level")
    profile = msgspec.structs.replace(PROFILE, channel=(channel,), stream=(Stream("battery", "level", "1"),))
    outputs = PhoneIntake("phone", profile).frame(Frame(HostNs(7 * NS), "phone", "level", b"\x32"))
    said = [out for out in outputs if isinstance(out, Sample)]
    assert [(out.stream, out.times.tolist(), out.values.tolist()) for out in said] == [
        ("phone/battery", [7 * NS], [50.0])
    ]


def test_what_lay_in_the_apps_buffer_before_it_was_started_is_no_stream_with_a_hole() -> None:
    sent = batches(seconds=20)
    stale = sent[0]._replace(
        true_s=np.append(sent[0].true_s[[0, 0]] - 0.9, sent[0].true_s),
        device=np.append(sent[0].device[[0, 0]] - round(0.9 * NS), sent[0].device),
    )
    intake = phone()
    outputs = [out for each in [stale, *sent[1:]] for out in intake.frame(frame(each))]
    assert not [out for out in outputs if isinstance(out, Gap)]
    assert len(times_of(outputs)) == 2001
    assert intake.rate_hz("acc") == pytest.approx(100, abs=0.2)


def told(outputs: list[Output]) -> list[Cue]:
    return [out for out in outputs if isinstance(out, Cue)]


def test_messages_without_motion_are_said_once_to_hold_none() -> None:
    intake = phone()
    assert told(intake.estimates(HostNs(60 * NS))) == []  # nothing came at all: that is another trouble
    sent = batches(seconds=8)
    for each in sent[:20]:
        intake.frame(frame(each, names=("orientation",)))
    assert told(intake.estimates(HostNs(60 * NS))) == []  # silence tells nothing
    for each in sent[20:]:
        intake.frame(frame(each, names=("orientation",)))
    (cue,) = told([*intake.estimates(HostNs(61 * NS)), *intake.estimates(HostNs(62 * NS))])
    assert (cue.kind, cue.text) == ("profile", f"phone: {NO_MOTION.format(app=PROFILE.name)}")


def test_a_test_message_is_no_message_without_motion() -> None:
    """The app's button to try the connection, and the recording from 10 s on."""
    intake = phone()
    intake.frame(Frame(HostNs(NS), "phone", "push", b'{"hello": "world"}'))
    sent = batches(start_s=10, seconds=12)
    for each in sent[:2]:
        intake.frame(frame(each, names=("orientation",)))  # the accelerometer comes a little later
    assert told(intake.estimates(HostNs(11 * NS))) == []
    for each in sent[2:]:
        intake.frame(frame(each))
    assert told(intake.estimates(HostNs(22 * NS))) == []


def test_after_a_new_link_messages_without_motion_are_told_of_again() -> None:
    intake = phone()
    sent = batches(seconds=20)
    for each in sent[:40]:
        intake.frame(frame(each))
    assert told(intake.estimates(HostNs(9 * NS))) == []
    for each in sent[40:]:
        intake.frame(frame(each, names=("orientation",)))
    assert told(intake.estimates(HostNs(22 * NS))) == []
    intake.link(Link(HostNs(22 * NS), "phone", "up"))
    for each in batches(start_s=22, seconds=8):
        intake.frame(frame(each, names=("orientation",)))
    assert len(told(intake.estimates(HostNs(31 * NS)))) == 1


def test_a_phone_that_told_of_motion_may_stop_doing_so() -> None:
    intake = phone()
    sent = batches(seconds=8)
    for each in sent:
        intake.frame(frame(each, names=("totalacceleration" if each is sent[0] else "orientation",)))
    intake.tick(HostNs(9 * NS))
    assert told(intake.estimates(HostNs(9 * NS))) == []
