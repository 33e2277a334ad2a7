"""The benchmark sees of a recording only what a strap could know, and at t only what came before."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import breathing
from tests.benchmarks.people import RATE_BPM, beats, chest, ecg, save
from tidehold.records import Frame, Gap, Rejected, Sample, Tick
from tidehold.units import NS, STANDARD_GRAVITY
from tidehold.wire.heart_rate import decode_heart_rate
from tidehold.wire.pmd import Measurement, PmdFrame, decode_frame


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: int = 1) -> list[dict[str, str]]:
    out = folder / "predictions.csv"
    monkeypatch.setattr(sys, "argv", ["breathing", str(folder), str(out), "--jobs", str(jobs)])
    assert breathing.main() == 0
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def frames(folder: Path, source: breathing.Source, channel: str) -> list[Frame]:
    recording = breathing.load(folder / "person.npz")
    sent = breathing.inputs(recording, source)
    return [item for item in sent if isinstance(item, Frame) and item.channel == channel]


def measured(folder: Path, source: breathing.Source) -> list[tuple[float, PmdFrame]]:
    return [(frame.t / NS, decode_frame(frame.payload)) for frame in frames(folder, source, "pmd")]


def test_the_rate_is_written_each_second_with_its_confidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run(save(tmp_path / "a", "person", 90.0, **beats(90)), monkeypatch)
    assert [row["t_s"] for row in rows] == [f"{second}.000" for second in range(91)]
    assert {(row["recording"], row["source"]) for row in rows} == {("person", "rr")}
    assert rows[5]["rate_bpm"] == ""
    assert float(rows[90]["rate_bpm"]) == pytest.approx(RATE_BPM, abs=0.5)
    assert 0.25 < float(rows[90]["confidence"]) <= 1


def test_recordings_and_what_they_have_come_in_order_however_many_processes_share_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "a", "zoe", 8.0, **beats(8), **ecg(8))
    save(tmp_path / "a", "adam", 8.0, **chest(8))
    folder = save(tmp_path / "a", "mia", 8.0, **beats(8), **chest(8))
    rows = run(folder, monkeypatch)
    kinds = list(dict.fromkeys((row["recording"], row["source"]) for row in rows))
    assert kinds == [("adam", "motion"), ("mia", "rr"), ("mia", "motion"), ("zoe", "rr"), ("zoe", "ecg")]
    assert run(folder, monkeypatch, jobs=2) == rows


def test_the_reference_and_the_rest_of_a_recording_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = np.random.default_rng(2)
    known = {**beats(30), **ecg(30), **chest(30)}
    others = {
        name: dice.permutation(values)
        for name, values in {
            "resp": dice.normal(size=750),
            "win32": dice.normal(size=(6, 8)),
            "inhale_on": dice.normal(size=9),
            "acc_back": chest(30)["acc"],
            "ppg": dice.normal(size=2000),
            "meta": np.array(["{}"]),
        }.items()
    }
    stripped = run(save(tmp_path / "a", "person", 30.0, **known), monkeypatch)
    assert run(save(tmp_path / "b", "person", 30.0, **known, **others), monkeypatch) == stripped
    assert {row["source"] for row in stripped} == {"rr", "ecg", "motion"}


def test_a_recording_cut_at_t_gives_the_same_up_to_t(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(save(tmp_path / "a", "person", 60.0, **beats(60), **ecg(60), **chest(60)), monkeypatch)
    known = {**beats(60), "ecg": ecg(60)["ecg"][: 41 * 130], "acc": chest(60)["acc"][: 41 * 10]}
    before = known["beat_t"] <= 41
    known |= {"beat_t": known["beat_t"][before], "rr_ms": known["rr_ms"][before]}
    cut = run(save(tmp_path / "b", "person", 41.0, **known), monkeypatch)
    assert cut == [row for row in whole if float(row["t_s"]) <= 41]
    assert len(cut) == 3 * 42


def test_frames_of_a_recording_cut_anywhere_are_those_of_the_whole(tmp_path: Path) -> None:
    whole = save(tmp_path / "a", "person", 30.0, **ecg(30), **chest(30))
    for cut_s in (9.95, 12.3, 17.4001):
        less = {"ecg": ecg(30)["ecg"][: int(cut_s * 130)], "acc": chest(30)["acc"][: int(cut_s * 10)]}
        cut = save(tmp_path / "b", "person", cut_s, **less)
        for source in breathing.SOURCES[1:]:
            known = [frame for frame in frames(whole, source, "pmd") if frame.t <= int(cut_s * 10) / 10 * NS - NS / 130]
            assert frames(cut, source, "pmd")[: len(known)] == known
            assert known


def test_a_recording_without_beats_or_motion_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save(tmp_path / "a", "person", 20.0, **beats(20))
    save(folder, "belt", 20.0, resp=np.zeros(3))
    save(folder, "intervals", 20.0, rr_ms=np.full(20, 900.0))
    assert {row["recording"] for row in run(folder, monkeypatch)} == {"person"}


def test_a_recording_that_does_not_say_how_long_it_is_goes_to_its_last_sample(tmp_path: Path) -> None:
    np.savez(tmp_path / "person.npz", beat_t=beats(20)["beat_t"], acc=chest(25)["acc"])
    recording = breathing.load(tmp_path / "person.npz")
    assert recording.duration_s == 25.0
    assert recording.rr_ms[1:] == pytest.approx(np.diff(recording.beat_s) * 1000)


def test_no_recordings_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["breathing", str(tmp_path), str(tmp_path / "out.csv")])
    assert breathing.main() == 2


def test_a_notification_carries_the_beats_up_to_its_second(tmp_path: Path) -> None:
    times = beats(40)["beat_t"]
    sent: list[int] = []
    for frame in frames(save(tmp_path / "a", "person", 40.0, **beats(40)), "rr", "hr"):
        sent += decode_heart_rate(frame.payload).rr_ticks or ()
        assert len(sent) == np.count_nonzero(times[1:] <= frame.t / NS)
    assert np.array(sent) / 1024 == pytest.approx(np.diff(times)[: len(sent)], abs=0.5 / 1024 + 1e-9)


def test_an_interval_that_no_strap_can_send_is_left_out(tmp_path: Path) -> None:
    times = np.array([1.0, 2.0, 3.0, 3.0, 70.0, 71.0])
    folder = save(tmp_path / "a", "person", 75.0, beat_t=times, rr_ms=np.diff(times, prepend=np.nan) * 1000)
    sent = [decode_heart_rate(frame.payload).rr_ticks for frame in frames(folder, "rr", "hr")]
    assert sent == [(1024,), (1024,), (1024,)]


def test_an_ecg_of_any_unit_goes_out_in_microvolts_after_five_seconds(tmp_path: Path) -> None:
    kinds = []
    for unit, offset in ((1.0, 0.0), (1e-3, 0.004), (200.0, -900.0)):
        folder = save(tmp_path / "a", "person", 20.0, **beats(20), **ecg(20, unit, offset))
        kinds.append(measured(folder, "ecg"))
        ends = [t for t, _ in kinds[-1]]
        assert ends[:2] == pytest.approx([5 + 73 / 130, 5 + 146 / 130])
    for (_, one), (_, milli), (_, other) in zip(*kinds, strict=True):
        assert (one.measurement, one.frame_type, len(one.counts)) == (Measurement.ECG, 0, 73)
        assert np.abs(one.counts - milli.counts).max() <= 1
        assert np.abs(one.counts - other.counts).max() <= 1
    whole = np.concatenate([frame.counts for _, frame in kinds[0]])
    assert np.median([np.ptp(whole[i : i + 130]) for i in range(0, len(whole), 130)]) == pytest.approx(1500, rel=0.1)


def test_an_ecg_without_a_swing_is_never_sent(tmp_path: Path) -> None:
    assert measured(save(tmp_path / "a", "person", 20.0, ecg=np.zeros(2600), fs_ecg=np.array(130.0)), "ecg") == []


def test_an_ecg_at_another_rate_goes_out_at_130_hz(tmp_path: Path) -> None:
    swing = np.sin(2 * np.pi * np.arange(20 * 250) / 250)
    found = measured(save(tmp_path / "a", "person", 20.0, ecg=swing, fs_ecg=np.array(250.0)), "ecg")
    counts = np.concatenate([frame.counts for _, frame in found])
    due = (650 + 1 + np.arange(len(counts))) / 130 - 1 / 250
    assert counts == pytest.approx(750 * np.sin(2 * np.pi * due), abs=2)


def test_chest_motion_goes_out_at_25_hz_from_what_was_measured_before(tmp_path: Path) -> None:
    acc = chest(30)["acc"]
    found = measured(save(tmp_path / "a", "person", 30.0, acc=acc, fs_acc=np.array(10.0)), "motion")
    assert [t for t, _ in found] == pytest.approx(np.arange(1, len(found) + 1) * 36 / 25)
    assert {(frame.measurement, frame.frame_type, frame.counts.shape) for _, frame in found} == {(2, 1, (36, 3))}
    counts = np.concatenate([frame.counts for _, frame in found])
    due = np.maximum((1 + np.arange(len(counts))) / 25 - 0.1, 0)
    joined = np.stack([np.interp(due, np.arange(len(acc)) / 10, axis) for axis in acc.T], axis=1)
    assert counts == pytest.approx(joined * 1000, abs=0.5 + 1e-2)


def test_what_was_not_measured_is_as_before() -> None:
    values = np.array([np.nan, 1.0, np.nan, np.nan, 2.0, np.inf])
    assert breathing.at_rate(values, 10, 10).tolist() == [0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("wanted", [10, 25, 130])
def test_a_sample_at_another_rate_needs_none_that_comes_later(wanted: int) -> None:
    values = np.random.default_rng(4).normal(size=(97, 3))
    whole = breathing.at_rate(values, 10, wanted)
    for n in range(1, 97):
        cut = breathing.at_rate(values[:n], 10, wanted)
        assert len(cut) == n * wanted // 10
        assert np.array_equal(whole[: len(cut)], cut)


@pytest.mark.parametrize(("source", "stream", "per_s"), [("ecg", "strap/ecg", 130), ("motion", "strap/acc", 25)])
def test_the_fold_takes_all_of_it(tmp_path: Path, source: breathing.Source, stream: str, per_s: float) -> None:
    folder = save(tmp_path / "a", "person", 30.0, **beats(30), **ecg(30), **chest(30))
    said = list(breathing.fold(breathing.load(folder / "person.npz"), source))
    samples = [out for out in said if isinstance(out, Sample) and out.stream == stream]
    times = np.concatenate([sample.times for sample in samples])
    assert not [out for out in said if isinstance(out, Gap | Rejected)]
    assert np.diff(times) / NS == pytest.approx(1 / per_s, abs=1e-4)
    if source == "motion":
        gravity = np.concatenate([sample.values for sample in samples])
        assert np.sqrt((gravity**2).sum(axis=1)) == pytest.approx(STANDARD_GRAVITY, rel=0.01)


def test_there_are_four_ticks_a_second_to_the_end(tmp_path: Path) -> None:
    recording = breathing.load(save(tmp_path / "a", "person", 10.3, **beats(10)) / "person.npz")
    ticks = [item.t / NS for item in breathing.inputs(recording, "rr") if isinstance(item, Tick)]
    assert ticks == [k / 4 for k in range(42)]


def test_frames_come_before_the_tick_of_their_time(tmp_path: Path) -> None:
    folder = save(tmp_path / "a", "person", 30.0, **beats(30), **ecg(30))
    items = list(breathing.inputs(breathing.load(folder / "person.npz"), "ecg"))
    assert [item.t for item in items] == sorted(item.t for item in items)
    second = [type(item) for item in items if item.t == 20 * NS]
    assert second == [Frame, Tick]
