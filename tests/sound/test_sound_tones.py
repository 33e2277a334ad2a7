"""The tones are told apart by their pitch, their glide, and how many notes they have."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.sound.listening import onsets_s
from tidehold.records import Values
from tidehold.sound.tones import RATE_HZ, TONES, Kind, Sound, tone

KINDS = list(TONES)


def spectrum(sound: Sound) -> tuple[Values, Values]:
    """Frequencies (n,) Hz and power (n,)."""
    power = np.abs(np.fft.rfft(np.asarray(sound, np.float64))) ** 2
    return np.asarray(np.fft.rfftfreq(len(sound), 1 / RATE_HZ), np.float64), np.asarray(power, np.float64)


def centre_st(sound: Sound) -> float:
    """Spectral centre, semitones above 1 Hz."""
    hz, power = spectrum(sound)
    return float(12 * np.log2((hz * power).sum() / power.sum()))


def glide_st(sound: Sound) -> float:
    """From the centre of its first 40 % to that of its last, semitones."""
    n = 2 * len(sound) // 5
    return centre_st(sound[-n:]) - centre_st(sound[:n])


def notes(sound: Sound) -> int:
    """Beginnings of notes, by the size of the swing."""
    size = np.abs(sound[: len(sound) // 480 * 480]).reshape(-1, 480).max(axis=1)
    rises = (size[1:-1] > size[:-2] + 0.01) & (size[1:-1] > 1.15 * size[:-2])
    starts = np.flatnonzero(np.concatenate(([size[0] > 0.005], rises)))
    return int((np.diff(starts, prepend=-10) > 4).sum())


def differ(one: Sound, other: Sound) -> bool:
    return (
        abs(centre_st(one) - centre_st(other)) > 1.5
        or abs(glide_st(one) - glide_st(other)) > 1.5
        or notes(one) != notes(other)
        or not 0.6 < len(one) / len(other) < 1.6
    )


@pytest.mark.parametrize(("one", "other"), list(combinations(KINDS, 2)))
def test_two_tones_are_not_alike(one: Kind, other: Kind) -> None:
    assert differ(tone(one), tone(other))


def test_in_rises_and_out_falls() -> None:
    assert glide_st(tone("in")) > 3
    assert glide_st(tone("out")) < -3


@pytest.mark.parametrize("kind", KINDS)
def test_a_tone_is_soft_at_both_ends_and_starts_where_it_should(kind: Kind) -> None:
    sound = tone(kind)
    assert sound.dtype == np.float32
    assert abs(sound[0]) < 1e-4
    assert np.abs(sound[-48:]).max() < 1e-3
    # no step that would click: as steep as the highest note at full level, and no more
    assert np.abs(np.diff(sound)).max() < 0.08
    assert onsets_s(np.asarray(sound, float))[0] < 0.012


@pytest.mark.parametrize("kind", KINDS)
def test_a_tone_is_neither_loud_nor_shrill(kind: Kind) -> None:
    sound = tone(kind)
    assert 0.05 < np.abs(sound).max() < 0.5
    assert len(sound) < 1.3 * RATE_HZ
    hz, power = spectrum(sound)
    assert power[(hz < 100) | (hz > 4000)].sum() < 1e-3 * power.sum()


def test_the_tick_of_a_pause_is_softer_than_a_breath() -> None:
    assert np.abs(tone("pause")).max() < np.abs(tone("in")).max() / 2


def test_nobody_changes_a_tone() -> None:
    with pytest.raises(ValueError, match="read-only"):
        tone("in")[0] = 1
