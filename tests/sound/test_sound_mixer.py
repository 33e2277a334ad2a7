from __future__ import annotations

import numpy as np
import pytest

from tidehold.sound.mixer import FADE_S, MOST_VOICES, SPEECH, STALE_S, Mixer
from tidehold.sound.tones import RATE_HZ, Sound

ONES = np.full(4800, 0.25, np.float32)
"""A tenth of a second."""
HALF = np.full(4800, 0.125, np.float32)


def taken(mixer: Mixer, start_s: float, blocks: tuple[int, ...]) -> Sound:
    parts, at_s = [], start_s
    for n in blocks:
        parts.append(mixer.render(at_s, n))
        at_s += n / RATE_HZ
    return np.concatenate(parts)


@pytest.mark.parametrize("blocks", [(24_000,), (480,) * 50, (7, 993, 23_000)])
def test_a_sound_begins_at_its_moment_however_it_is_cut(blocks: tuple[int, ...]) -> None:
    mixer = Mixer()
    mixer.add("step", ONES, 100.1)
    sound = taken(mixer, 100.0, blocks)
    assert np.flatnonzero(sound).tolist() == list(range(4800, 9600))
    assert mixer.is_idle


def test_sounds_are_put_together() -> None:
    mixer = Mixer()
    mixer.add("step", ONES, 100.0)
    mixer.add("in", ONES, 100.05)
    sound = mixer.render(100.0, 9600)
    assert [float(sound[at]) for at in (0, 3000, 6000, 9000)] == [0.25, 0.5, 0.25, 0]


def test_too_much_is_cut_off_and_not_wrapped() -> None:
    mixer = Mixer()
    for _ in range(8):
        mixer.add("step", ONES, 100.0)
    assert mixer.render(100.0, 100).max() == 1.0


def test_a_clock_that_jitters_between_blocks_is_not_heard() -> None:
    mixer = Mixer()
    mixer.add("step", ONES, 100.0)
    for late_s in (0.0, 0.004, -0.003, 0.001):
        assert (mixer.render(100.0 + late_s, 480) == 0.25).all()


def test_what_is_late_begins_at_once_and_what_is_stale_not_at_all() -> None:
    mixer = Mixer()
    mixer.add("step", ONES, 100.0 - STALE_S + 0.01)
    mixer.add("in", ONES, 100.0 - STALE_S - 0.01)
    assert float(mixer.render(100.0, 10)[0]) == 0.25


def test_the_pacers_tones_are_called_back_and_no_others() -> None:
    mixer = Mixer()
    for kind, at_s in (("in", 100.0), ("out", 100.1), ("pause", 100.2), ("step", 100.3)):
        mixer.add(kind, ONES, at_s)
    mixer.render(100.0, 10)
    mixer.forget(99.0)  # the first has begun
    sound = mixer.render(100.0 + 10 / RATE_HZ, 30_000)
    assert np.flatnonzero(sound)[[0, -1]].tolist() == [0, round(0.4 * RATE_HZ) - 11]
    assert np.count_nonzero(sound) == 2 * 4800 - 10


def test_words_that_are_cut_short_die_away() -> None:
    mixer = Mixer()
    mixer.add(SPEECH, ONES, 100.0)
    mixer.add(SPEECH, ONES, 101.0)
    mixer.add("step", HALF, 100.0)
    mixer.render(100.0, 100)
    mixer.hush()
    sound = mixer.render(100.0 + 100 / RATE_HZ, 4800)
    assert sound[0] > 0.37
    assert np.abs(np.diff(sound[:1430])).max() < 0.001
    assert float(sound[round(FADE_S * RATE_HZ) + 1]) == 0.125
    assert mixer.is_idle


def test_volume_and_silence_come_without_a_click() -> None:
    mixer = Mixer()
    mixer.add("step", np.full(48_000, 0.8, np.float32), 100.0)
    mixer.loudness(0.5, muted=False)
    ramp = mixer.render(100.0, 4800)
    assert np.abs(np.diff(ramp)).max() < 0.001
    assert mixer.render(100.1, 480) == pytest.approx(0.2)  # half is a quarter of the swing
    mixer.loudness(0.5, muted=True)
    mixer.render(100.1, 4800)
    assert not mixer.render(100.2, 480).any()
    mixer.loudness(7.0, muted=False)
    mixer.render(100.3, 4800)
    assert mixer.render(100.4, 480) == pytest.approx(0.8)


def test_what_nobody_takes_is_not_kept_for_ever() -> None:
    mixer = Mixer()
    for k in range(1000):
        mixer.add("step", HALF, 100.0 + k)
    mixer.render(100.0 + 1000 - MOST_VOICES - 0.5, 10)
    mixer.render(100.0 + 1000 + 5, 10)
    assert mixer.is_idle
