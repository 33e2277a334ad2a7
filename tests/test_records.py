import json
from typing import Any

import msgspec
import numpy as np
import pytest

from tidehold.records import (
    DueHold,
    Estimate,
    Frame,
    Hold,
    HoldFigures,
    HostNs,
    Input,
    Link,
    LinkState,
    LinkView,
    Mark,
    Pacing,
    Pattern,
    Recording,
    Sample,
    Snapshot,
    Status,
    Stop,
    StreamView,
    Tick,
    Trace,
    UnixNs,
    decode_status,
    encode,
)
from tidehold.units import NS

INPUTS: list[Input] = [
    Frame(HostNs(1), "strap", "hr", b"\x00\xff"),
    Link(HostNs(2), "strap", "up", {"profile": "simulated"}),
    Tick(HostNs(3)),
    Mark(HostNs(4), "note", "left"),
    Stop(HostNs(5), "done"),
]


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: type(item).__name__)
def test_an_input_comes_back_from_its_json(item: Input) -> None:
    assert msgspec.json.decode(encode(item), type=Input) == item


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: type(item).__name__)
def test_an_input_cannot_be_changed(item: Input) -> None:
    with pytest.raises(AttributeError):
        item.t = HostNs(9)  # type: ignore[misc]


def test_arrays_become_plain_lists_with_shortest_floats() -> None:
    sample = Sample(HostNs(7), "strap/acc", np.array([5, 7]), np.array([[0.1, 0.2, 0.3], [1.0, 2.0, 1e-9]]))
    assert json.loads(encode(sample)) == {
        "type": "sample",
        "t": 7,
        "stream": "strap/acc",
        "times": [5, 7],
        "values": [[0.1, 0.2, 0.3], [1.0, 2.0, 1e-9]],
    }


def test_numpy_scalars_become_numbers() -> None:
    link = Link(HostNs(np.int64(3)), "strap", "up", {})  # type: ignore[arg-type]
    assert json.loads(encode(link))["t"] == 3


def test_the_order_of_keys_does_not_matter() -> None:
    assert encode(Link(HostNs(1), "s", "up", {"a": "1", "b": "2"})) == encode(
        Link(HostNs(1), "s", "up", {"b": "2", "a": "1"})
    )


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        encode(Link(HostNs(1), "s", "up", {"a": object()}))  # type: ignore[dict-item]


def test_a_status_survives_json_with_its_traces() -> None:
    times, values = np.array([1, 2], np.int64), np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]])
    snapshot = Snapshot(
        t=HostNs(5),
        inputs={"strap/hr": 1},
        links={"strap": LinkView("armed", HostNs(1), {})},
        said={},
        streams={"strap/acc": StreamView(2, 50.0, 0.1, 0, (3.0, 4.0, 5.0))},
        estimates={"x": Estimate(HostNs(5), "x", None, 0.0, "why")},
        rejected={},
        gaps=0,
        traces={"strap/acc": Trace(times, values)},
    )
    status = Status(Recording("/x.mcap", "s", UnixNs(7), "recording", 12), snapshot)
    again = decode_status(encode(status))
    assert again.recording == status.recording
    trace = again.snapshot.traces["strap/acc"]
    assert trace.times.dtype == np.int64
    assert trace.times.tolist() == [1, 2]
    assert trace.values.tolist() == values.tolist()
    assert again.snapshot.streams == snapshot.streams
    assert again.snapshot.estimates == snapshot.estimates
    with pytest.raises(msgspec.MsgspecError):
        decode_status(b'{"type": "status"}')


BOX = Pattern(4, 2, 6, 1)
FIGURES = HoldFigures(
    inclination_deg=14.6,
    angle_deg=None,
    rms_deg=0.36,
    drift_deg_min=None,
    shift_deg=0.2,
    ellipse_deg2=0.97,
    path_deg=24.5,
    velocity_deg_s=0.85,
    jerk_m2_s5=0.5,
    tremor_deg_s=0.42,
    tremor_hz=8.53,
    in_band=0.97,
    in_wide_band=1.0,
    longest_in_band_s=28.6,
    settling_s=0.0,
    corrections=0,
    slips=(2.1, 3.0),
    breathing_removed=False,
)


@pytest.mark.parametrize(
    ("into_s", "part", "gone_s"),
    [
        (0, "inhale", 0),
        (3.9, "inhale", 3.9),
        (4, "full", 0),
        (6.5, "exhale", 0.5),
        (12.5, "empty", 0.5),
        (13, "inhale", 0),
    ],
)
def test_a_paced_breath_has_its_parts_in_order(into_s: float, part: str, gone_s: float) -> None:
    found, gone = BOX.part_at(into_s)
    assert found == part
    assert gone == pytest.approx(gone_s)


def test_a_pattern_is_written_as_a_mark_says_it() -> None:
    assert [pattern.text for pattern in (Pattern(), Pattern(5.5, 0, 5.5), BOX)] == ["4/6", "5.5/5.5", "4/2/6/1"]


def test_breaths_that_are_asked_for_come_one_after_another_from_the_first_on() -> None:
    pacing = Pacing(HostNs(7 * NS), BOX)
    assert [pacing.into_s(HostNs(t * NS)) for t in (7, 19, 20, 7 + 13 * 1000 + 5)] == [0, 12, 0, 5]


@pytest.mark.parametrize(
    ("t_s", "held"),
    [(0, False), (3.9, False), (4.5, True), (6.9, True), (7.1, False), (12.1, True), (13.5, True), (14.5, False)],
)
def test_a_pause_lasts_until_breathing_on_can_be_expected(t_s: float, held: bool) -> None:
    assert Pacing(HostNs(0), BOX).has_pause(HostNs(round(t_s * NS))) == held


def test_without_pauses_none_is_asked_for() -> None:
    assert not any(Pacing(HostNs(0), Pattern()).has_pause(HostNs(k * NS // 4)) for k in range(80))


@pytest.mark.parametrize("figures", [None, FIGURES])
def test_a_status_keeps_holds_and_what_is_asked_for(figures: HoldFigures | None) -> None:
    hold = Hold(HostNs(9), "phone", "shin", HostNs(-3), HostNs(2 * NS), figures, 70.5, {"drift": 81.0}, "as usual")
    names = ("inputs", "links", "said", "streams", "estimates", "rejected", "traces")
    nothing: dict[str, Any] = {name: {} for name in names}
    due = DueHold(HostNs(4), 45.0)
    snapshot = Snapshot(t=HostNs(5), gaps=0, holds=(hold, hold), due=due, **nothing)
    again = decode_status(encode(Status(Recording("/x.mcap", "s", UnixNs(7), "recording", 12), snapshot))).snapshot
    assert (again.holds, again.due) == ((hold, hold), due)
    assert hold.held_s == pytest.approx(2, abs=1e-6)


def test_a_status_with_a_breath_of_no_length_is_refused() -> None:
    pacing = Pacing(HostNs(3), BOX)
    names = ("inputs", "links", "said", "streams", "estimates", "rejected", "traces")
    nothing: dict[str, Any] = {name: {} for name in names}
    snapshot = Snapshot(t=HostNs(5), gaps=0, pacing=pacing, **nothing)
    raw = encode(Status(Recording("/x.mcap", "s", UnixNs(7), "recording", 12), snapshot))
    assert decode_status(raw).snapshot.pacing == pacing
    with pytest.raises(msgspec.ValidationError, match="exhale_s"):
        decode_status(raw.replace(b'"exhale_s":6', b'"exhale_s":0'))


@pytest.mark.parametrize(
    ("t_s", "is_pause"),
    [(3.9, False), (4.0, True), (8.9, True), (9.1, False), (12.5, True), (15.9, True), (16.1, False)],
)
def test_a_held_breath_is_a_pause_until_it_can_be_seen_to_be_over(t_s: float, is_pause: bool) -> None:
    assert Pacing(HostNs(0), BOX).had_pause(HostNs(round(t_s * NS))) == is_pause
    assert not Pacing(HostNs(0), Pattern()).had_pause(HostNs(round(t_s * NS)))


@pytest.mark.parametrize(
    ("state", "fresh", "was_lost"),
    [("searching", 0, 1), ("connecting", 0, 1), ("up", 0, 1), ("armed", 0, 0), ("stalled", 1, 1), ("refused", 1, 1),
     ("down", 1, 1)],
)  # fmt: skip
def test_a_source_that_was_lost_is_so_until_its_streams_are_on(state: LinkState, fresh: int, was_lost: int) -> None:
    link = LinkView(state, HostNs(0), {})
    assert (link.is_lost(was_lost=False), link.is_lost(was_lost=True)) == (fresh, was_lost)
