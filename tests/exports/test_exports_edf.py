"""EDF+, read back by pyedflib (EDFlib) and by edfio.

Tolerances: a value is within half a digital step; a time is within what the file itself says of its stream.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import edfio
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.exports import exported
from tests.exports.exported import STARTED, at
from tidehold.exports import edf
from tidehold.exports.edf_signals import slow_signals
from tidehold.exports.notes import notes, plain
from tidehold.log.told import Told, tell
from tidehold.records import Mark, Sample, Stop, UnixNs
from tidehold.session.header import Header
from tidehold.units import NS

pyedflib = pytest.importorskip("pyedflib", reason="not run: pyedflib missing")  # it has no wheel for Python 3.13

INTO_S = STARTED % NS / NS
"""From a whole second to the session's start."""
LABELS = {
    "ECG strap": ("strap/ecg", 0, 1e6),
    "Acc X strap": ("strap/acc", 0, 1.0),
    "Acc Y strap": ("strap/acc", 1, 1.0),
    "Acc Z strap": ("strap/acc", 2, 1.0),
    "Acc X phone": ("phone/acc", 0, 1.0),
    "Grav Y phone": ("phone/gravity", 1, 1.0),
    "Gyr Z phone": ("phone/gyr", 2, 1.0),
}
"""Signals: stream, column and scale."""


class Read:
    """A file as EDFlib reads it."""

    def __init__(self, path: Path) -> None:
        with pyedflib.EdfReader(str(path)) as file:
            self.labels: list[str] = list(file.getSignalLabels())
            self.start: dt.datetime = file.getStartdatetime()
            self.header = file.getHeader()
            self.dimensions = {label: file.getPhysicalDimension(k) for k, label in enumerate(self.labels)}
            self.rates = {label: float(file.getSampleFrequency(k)) for k, label in enumerate(self.labels)}
            self.values = {label: file.readSignal(k) for k, label in enumerate(self.labels)}
            self.digital = {label: file.readSignal(k, digital=True) for k, label in enumerate(self.labels)}
            limits = zip(self.labels, np.c_[file.getPhysicalMinimum(), file.getPhysicalMaximum()].tolist(), strict=True)
            self.steps = {label: (most - least) / 65535 for label, (least, most) in limits}
            onsets, lengths, texts = file.readAnnotations()
            self.said = [
                (float(t), float(length), str(text)) for t, length, text in zip(onsets, lengths, texts, strict=True)
            ]

    @property
    def origin_s(self) -> float:
        """Session time of the file's start."""
        [starts] = [onset for onset, _, text in self.said if text.startswith("session starts")]
        return -starts

    def within_s(self, stream: str) -> float:
        """How far times of a stream may be off, as the file says."""
        [text] = [text for _, _, text in self.said if text.startswith(f"{stream}: ")]
        said = re.search(r"times within ([\d.]+) ms", text)
        assert said
        return float(said[1]) / 1e3

    def samples(self, label: str, stream: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Session times, s, and values of a stream: all slots but those that are no sample."""
        usable = self.digital[label] != edf.NOTHING
        for onset, _, text in self.said:
            if text == f"filled {stream}":
                usable[round(onset * self.rates[label])] = False
        return np.flatnonzero(usable) / self.rates[label] + self.origin_s, self.values[label][usable]


@pytest.fixture(scope="module")
def path(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("edf") / "a.edf"
    written = edf.write(told, file)
    assert written["samples"] == sum(len(told.samples[name]) for name in {name for name, _, _ in LABELS.values()})
    assert written["samples_left_out"] == 0
    assert written["signals"] >= len(LABELS)
    return file


@pytest.fixture(scope="module")
def read(path: Path) -> Read:
    return Read(path)


@pytest.mark.parametrize("label", LABELS)
def test_edflib_reads_the_same_samples_at_the_same_times(told: Told, read: Read, label: str) -> None:
    stream, column, scale = LABELS[label]
    series = told.samples[stream]
    times_s, values = read.samples(label, stream)
    assert len(values) == len(series)
    assert np.abs(values - series.values.reshape(len(series), -1)[:, column] * scale).max() <= 0.51 * read.steps[label]
    assert np.abs(times_s - series.times / NS).max() <= read.within_s(stream) + 1e-4
    assert read.within_s(stream) < 0.03


@pytest.mark.parametrize("label", LABELS)
def test_edfio_reads_what_edflib_reads(path: Path, read: Read, label: str) -> None:
    signal = edfio.read_edf(path).get_signal(label)
    assert np.array_equal(signal.digital, read.digital[label])
    assert signal.data == pytest.approx(read.values[label], abs=read.steps[label] / 100)
    assert signal.sampling_frequency == pytest.approx(read.rates[label], rel=1e-9)


def test_a_digital_step_is_finer_than_what_the_sensors_say(read: Read) -> None:
    assert read.steps["ECG strap"] < 1  # uV
    assert read.steps["Acc X strap"] < 0.00980665  # 1 mg
    assert read.dimensions["ECG strap"] == "uV"
    assert read.dimensions["Acc X strap"] == "m/s^2"
    assert read.dimensions["Gyr Z phone"] == "rad/s"


def test_of_a_gap_there_is_an_annotation_and_no_sample(told: Told, read: Read) -> None:
    [gap] = [each for each in told.gaps if each.stream == "strap/ecg"]
    [(onset, length, _)] = [said for said in read.said if said[2] == f"gap strap/ecg: {gap.why}"]
    assert onset + read.origin_s == pytest.approx(gap.start / NS, abs=1e-6)
    assert length == pytest.approx((gap.end - gap.start) / NS, abs=1e-6)
    rate = read.rates["ECG strap"]
    inside = read.digital["ECG strap"][int((onset + 0.1) * rate) : int((onset + length - 0.1) * rate)]
    assert len(inside) > 400
    assert set(inside.tolist()) == {edf.NOTHING}


def test_slow_signals_are_what_held_at_each_slot(told: Told, read: Read) -> None:
    origin_ns = round(read.origin_s * NS)
    labels = []
    for make in slow_signals(told):
        slots = len(read.values["RR strap"])
        signal = make(origin_ns + np.arange(slots, dtype=np.int64) * (NS // 4))
        labels.append(signal.label)
        known = ~np.isnan(signal.values)
        assert read.rates[signal.label] == 4.0
        assert np.array_equal(known, read.digital[signal.label] != edf.NOTHING), signal.label
        if known.any():
            off = np.abs(read.values[signal.label][known] - signal.values[known])
            assert off.max() <= 0.51 * read.steps[signal.label], signal.label
    assert {"HR strap", "RR strap", "RR clean strap", "Heart rate", "Breath phase", "Tilt phone"} <= set(labels)


def test_all_that_happened_is_annotated_at_its_time(told: Told, read: Read, path: Path) -> None:
    by_edfio = {(each.onset, each.duration, each.text) for each in edfio.read_edf(path).annotations}
    for note in notes(told):
        onset = max(0.0, note.t / NS - read.origin_s)
        found = [said for said in read.said if said[2] == plain(note.text) and abs(said[0] - onset) < 1e-6]
        assert found, note
        assert any(text == plain(note.text) and abs(t - onset) < 1e-6 for t, _, text in by_edfio), note
        if note.until is not None:
            assert found[0][1] == pytest.approx(note.until / NS - read.origin_s - onset, abs=1e-6)


def test_the_file_starts_at_a_whole_second_of_local_wall_time(told: Told, read: Read, path: Path) -> None:
    zone = told.when(at(0)).tzinfo
    assert read.start == dt.datetime.fromtimestamp(round(STARTED / NS + read.origin_s), zone).replace(tzinfo=None)
    assert read.start.microsecond == 0
    assert read.origin_s == pytest.approx(-1 - INTO_S, abs=1e-6)  # the phone had samples ready
    assert edfio.read_edf(path).startdatetime == read.start


def test_the_person_is_nobody_and_the_recording_says_with_what_it_was_made(read: Read, path: Path) -> None:
    file = edfio.read_edf(path)
    assert file.local_patient_identification == "X X X X"
    assert (read.header["patientname"], read.header["birthdate"], read.header["sex"]) in (("X", "", ""), ("", "", ""))
    assert file.recording.hospital_administration_code == "size-1"
    assert file.recording.equipment_code.startswith("Tidehold_")
    assert file.recording.additional == ("UTC+05:30",)
    assert file.reserved == "EDF+C"
    assert file.is_continuous


def test_a_record_is_not_larger_than_edf_recommends(path: Path) -> None:
    file = edfio.read_edf(path)
    assert sum(signal.samples_per_data_record for signal in file.signals) * 2 <= 61440


def written(told: Told, folder: Path) -> Path:
    edf.write(told, folder / "a.edf")
    return folder / "a.edf"


def test_a_session_of_a_phone_only(tmp_path: Path) -> None:
    items = exported.only("phone", exported.simulated_inputs())
    told = tell(exported.recorded(tmp_path, items), again=True)
    read = Read(written(told, tmp_path))
    assert "Acc X phone" in read.labels
    assert not [label for label in read.labels if "strap" in label or label.startswith(("ECG", "HR", "RR"))]
    assert len(read.samples("Acc X phone", "phone/acc")[1]) == len(told.samples["phone/acc"])


def test_a_session_of_a_strap_only_that_was_interrupted(tmp_path: Path) -> None:
    items = exported.only("strap", exported.simulated_inputs())
    told = tell(exported.interrupted(exported.recorded(tmp_path, items), tmp_path), again=True)
    read = Read(written(told, tmp_path))
    assert not [label for label in read.labels if "phone" in label]
    assert len(read.samples("ECG strap", "strap/ecg")[1]) == len(told.samples["strap/ecg"]) > 500
    assert any(text == "session ends: interrupted" for _, _, text in read.said)


@pytest.mark.parametrize("items", [[], [Stop(at(0), "at once")], [Mark(at(1), "note", "a"), Stop(at(3), "over")]])
def test_a_session_without_samples_is_annotations_only(items: list[Mark | Stop], tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    for item in items:
        told.take(item)
    read = Read(written(told, tmp_path))
    assert read.labels == []
    assert len(read.said) == 2 + sum(isinstance(item, Mark) for item in items)
    assert len(edfio.read_edf(tmp_path / "a.edf").annotations) == len(read.said)


def test_figures_without_waveforms_are_a_file_too(by_hand: Told, tmp_path: Path) -> None:
    read = Read(written(by_hand, tmp_path))
    assert read.labels == ["HR strap", "RR strap", "RR clean strap", "Breath rate", "Heart rate", "Angle phone"]
    [(onset, length)] = [(onset, length) for onset, length, text in read.said if text == "hold phone, score 81"]
    assert onset == 0.0  # what began before the file begins with it
    assert length == pytest.approx(39 + INTO_S, abs=1e-6)


def test_a_date_that_edf_cannot_say_is_left_out(tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=UnixNs(5 * NS)))
    told.hear(Sample(at(0), "a/ecg", np.array([0, NS], np.int64), np.array([1e-3, 2e-3])))
    file = edfio.read_edf(written(told, tmp_path))
    with pytest.raises(edfio.AnonymizedDateError):
        file.recording.startdate  # noqa: B018 - it raises
    assert any("1970-01-01T00:00:05" in each.text for each in file.annotations)


@pytest.mark.parametrize("values", [[0.0, 0.0], [-2e5, 2e5], [1e-7, 2e-7], [123456.789, 123456.79]])
def test_values_of_any_size_come_back_within_half_a_step(values: list[float], tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.hear(Sample(at(0), "a/gyr", np.array([0, NS], np.int64), np.repeat(np.array(values)[:, None], 3, axis=1)))
    read = Read(written(told, tmp_path))
    found = read.samples("Gyr X a", "a/gyr")[1]
    assert np.abs(found - values).max() <= 0.51 * read.steps["Gyr X a"]


def test_samples_far_from_the_session_are_left_out_and_counted(tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.hear(Sample(at(0), "a/ecg", np.array([0, NS, 10**18], np.int64), np.array([1e-3, 2e-3, 3e-3])))
    counts = edf.write(told, tmp_path / "a.edf")
    assert (counts["samples"], counts["samples_left_out"]) == (2, 1)
    assert (tmp_path / "a.edf").stat().st_size < 10_000


def test_a_long_session_keeps_its_records_whole(tmp_path: Path) -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    times = np.rint(np.arange(5 * 4200) * (NS / 5.0123)).astype(np.int64)
    values = np.sin(np.arange(len(times)))
    told.take(Stop(at(4200), "over"))
    told.hear(Sample(at(0), "a/ecg", times, values))
    read = Read(written(told, tmp_path))
    assert len(read.samples("ECG a", "a/ecg")[1]) == len(times)
