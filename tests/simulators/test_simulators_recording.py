"""A recording becomes a body; what it lacks is absent, and a foreign file is explained."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidehold.errors import ConfigError
from tidehold.wire.heart_rate import decode_heart_rate
from tidehold.wire.pmd import Measurement, decode_frame
from tidehold_simulators.body import Body
from tidehold_simulators.recording import RecordedBody
from tidehold_simulators.scenario import Scenario, StrapSpec
from tidehold_simulators.strap_model import Strap

BEATS = np.cumsum(np.tile([0.9, 1.0, 1.1, 1.0], 5)) - 0.5
ECG_T = np.arange(20 * 130) / 130
PLAIN = Scenario(name="x", about="y", strap=StrapSpec(drift_ppm=0.0, acc_rate_factor=1.0, warm_up_s=0.0))


def fields() -> dict[str, Any]:
    """What a file of the data folder holds: 20 s, a spike in the ECG at each beat, a chest that tilts at 15/min."""
    spikes = np.exp(-0.5 * ((ECG_T[:, None] - BEATS[None, :]) / 0.012) ** 2).sum(axis=1)
    tilt = 0.02 * np.sin(2 * np.pi * 0.25 * np.arange(200) / 10)
    return {
        "meta": json.dumps({"id": "made"}),
        "duration": np.float32(20),
        "beat_t": BEATS,
        "rr_ms": np.concatenate(([np.nan], np.diff(BEATS) * 1000)).astype(np.float32),
        "ecg": (0.37 + 2.5 * spikes).astype(np.float32),  # some unit, some offset
        "fs_ecg": np.float32(130),
        "acc": np.stack([tilt, np.zeros(200), np.ones(200)], axis=1).astype(np.float32),
        "fs_acc": np.float32(10),
        "inhale_on": np.array([2, 6, 10, 14, 18], np.float32),
        "exhale_on": np.array([3, 8, 12], np.float32),
        "win32": np.array([[10, 15.5, 0, 0, 0, 0, 0, 0], [15, np.nan, 0, 0, 0, 0, 0, 0]], np.float32),
    }


def saved(folder: Path, **changed: Any) -> Path:
    """A recording with some fields changed, or left out if None."""
    path = folder / "made.npz"
    np.savez(path, **{name: value for name, value in (fields() | changed).items() if value is not None})
    return path


def test_recording_has_what_its_file_has(tmp_path: Path) -> None:
    body: Body = RecordedBody(saved(tmp_path))
    assert (body.has_beats, body.has_ecg, body.has_acc, body.ends_s) == (True, True, True, 20.0)
    body = RecordedBody(saved(tmp_path, beat_t=None, rr_ms=None, ecg=None))
    assert (body.has_beats, body.has_ecg, body.has_acc) == (False, False, True)
    body = RecordedBody(saved(tmp_path, ecg=None, acc=None))
    assert (body.has_beats, body.has_ecg, body.has_acc) == (True, False, False)


def test_beats_are_those_of_the_recording(tmp_path: Path) -> None:
    body = RecordedBody(saved(tmp_path))
    np.testing.assert_array_equal(body.beats(100), BEATS)
    np.testing.assert_array_equal(body.beats(10), BEATS[BEATS < 10])


def test_intervals_alone_are_beats_too(tmp_path: Path) -> None:
    path = saved(tmp_path, beat_t=None, ecg=None, acc=None, duration=None, rr_ms=np.array([936.0, 1020.0, 980.0]))
    body = RecordedBody(path)
    np.testing.assert_allclose(body.beats(10), [0.936, 1.956, 2.936])
    assert body.ends_s == pytest.approx(2.936)


def test_ecg_is_in_microvolts_whatever_it_was_in(tmp_path: Path) -> None:
    for gain in (1e-3, 1.0, -4000.0):
        body = RecordedBody(saved(tmp_path, ecg=fields()["ecg"] * gain))
        uv = body.ecg_uv(ECG_T)
        assert np.abs(np.percentile(uv, (0.5, 99.5))).max() == pytest.approx(1000, abs=1)
        assert np.median(uv) == pytest.approx(0, abs=1)
    flat = RecordedBody(saved(tmp_path, ecg=np.full(260, 3.3)))
    np.testing.assert_array_equal(flat.ecg_uv(np.arange(0, 2, 0.01)), 0.0)


def test_samples_are_joined_by_straight_lines(tmp_path: Path) -> None:
    body = RecordedBody(saved(tmp_path))
    acc = body.acc_g(np.array([0.3, 0.35, 0.4, 1000.0]))
    np.testing.assert_allclose(acc[1], (acc[0] + acc[2]) / 2, atol=1e-9)
    assert acc[3].tolist() == body.acc_g(np.array([19.9]))[0].tolist()
    assert body.ecg_uv(np.array([-1.0, 1000.0])).tolist() == [0.0, 0.0]


def test_truth_is_the_reference(tmp_path: Path) -> None:
    body = RecordedBody(saved(tmp_path))
    assert body.truth(9.0).rate_bpm == 15.5
    assert body.truth(16.0).rate_bpm is None  # the counters of the reference disagreed
    phases = [body.truth(t).phase_rad for t in (2.0, 2.5, 3.0, 4.5)]
    np.testing.assert_allclose(np.array(phases, float), [0, np.pi / 2, np.pi, 1.5 * np.pi])
    assert [body.truth(t).phase_rad for t in (1.0, 14.5, 18.5)] == [None, None, None]
    bare = RecordedBody(saved(tmp_path, win32=None, inhale_on=None, exhale_on=None))
    assert bare.truth(9.0) == (None, None, None, False)


def test_strap_says_what_was_recorded_and_falls_silent(tmp_path: Path) -> None:
    body = RecordedBody(saved(tmp_path))
    strap = Strap(PLAIN, body)
    strap.hr_on = True
    strap.start("ecg", 130)
    strap.start("acc", 50)
    sent = strap.advance(60)
    assert 19 < sent[-1].t_s <= 20
    ticks = [tick for each in sent if each.channel == "hr" for tick in decode_heart_rate(each.payload).rr_ticks or ()]
    np.testing.assert_allclose(np.cumsum(ticks) / 1024, BEATS[1 : len(ticks) + 1] - BEATS[0], atol=1 / 1024)
    assert len(ticks) >= len(BEATS) - 2
    frames = [decode_frame(each.payload) for each in sent if each.channel == "pmd"]
    uv = np.concatenate([each.counts for each in frames if each.measurement == Measurement.ECG])
    np.testing.assert_allclose(uv, body.ecg_uv(np.arange(1, len(uv) + 1) / 130), atol=0.5)
    mg = np.concatenate([each.counts for each in frames if each.measurement == Measurement.ACC])
    np.testing.assert_allclose(mg[:, 0], 1000 * body.acc_g(np.arange(1, len(mg) + 1) / 50)[:, 0], atol=0.5)


def test_a_pause_too_long_for_the_wire_is_no_interval(tmp_path: Path) -> None:
    beats = np.array([0.5, 1.5, 2.5, 80.0, 81.0, 82.0])
    strap = Strap(PLAIN, RecordedBody(saved(tmp_path, beat_t=beats, ecg=None, acc=None, duration=np.float32(90))))
    strap.hr_on = True
    sent = strap.advance(90)
    ticks = [tick for each in sent for tick in decode_heart_rate(each.payload).rr_ticks or ()]
    assert ticks == [1024] * 4


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing of use": (
        {"beat_t": None, "rr_ms": None, "ecg": None, "acc": None, "win32": None, "inhale_on": None, "exhale_on": None},
        "beat_t: expected beat_t, rr_ms, ecg or acc, found only meta, duration, fs_ecg, fs_acc",
    ),
    "beats out of order": ({"beat_t": BEATS[::-1]}, "beat_t: expected ascending times, found others"),
    "beats that are not": ({"beat_t": np.array([1.0, np.nan])}, "beat_t: expected ascending times, found others"),
    "words": ({"beat_t": np.array(["a", "b"])}, "beat_t: expected numbers in 1 dimensions, found <U1 in 1"),
    "flat acceleration": ({"acc": np.ones(30)}, "acc: expected numbers in 2 dimensions, found float64 in 1"),
    "two axes": ({"acc": np.ones((30, 2))}, "acc: expected 3 columns, found 2"),
    "holes": ({"ecg": np.array([0.0, np.nan])}, "ecg: expected finite numbers, found others"),
    "no rate": ({"fs_ecg": None}, "fs_ecg: expected a rate in Hz, found none"),
    "wrong rate": ({"fs_acc": np.float32(0)}, "fs_acc: expected a rate in Hz, found 0.0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_foreign_field_is_explained(name: str, tmp_path: Path) -> None:
    changed, complaint = WRONG[name]
    path = saved(tmp_path, **changed)
    with pytest.raises(ConfigError) as raised:
        RecordedBody(path)
    assert str(raised.value) == f"{path}: {complaint}"


def test_foreign_file_is_explained(tmp_path: Path) -> None:
    absent, text, empty, cut, lone, pickled, bent = (
        tmp_path / name for name in ("no.npz", "a.txt", "b.npz", "c.npz", "d.npy", "e.npz", "f.npz")
    )
    text.write_text("time,rr\n1,2\n", encoding="utf-8")
    empty.write_bytes(b"")
    cut.write_bytes(saved(tmp_path).read_bytes()[:400])
    np.save(lone, np.ones(3))
    whole = bytearray(saved(tmp_path).read_bytes())
    whole[len(whole) // 2] ^= 0x10
    bent.write_bytes(whole)
    np.savez(pickled, beat_t=np.array([object()], dtype=object))
    with pytest.raises(ConfigError, match=r"expected a recording \(\.npz\), found no such file"):
        RecordedBody(absent)
    for path in (text, empty, cut, lone, pickled, bent, tmp_path):
        with pytest.raises(ConfigError, match=r"expected a recording \(\.npz\), found: .+"):
            RecordedBody(path)


def test_limbs_of_a_recording_keep_still(tmp_path: Path) -> None:
    body: Body = RecordedBody(saved(tmp_path))
    t = np.arange(0, 30, 0.5)
    motion = body.motion("shin", t)
    assert motion.acc.tolist() == body.gravity("thigh", t).tolist() == [[0.0, 0.0, 9.80665]] * 60
    assert not motion.gyr.any()
    assert not body.tilt_deg("breastbone", t).any()
