import pytest

from tidehold.tui.band import LEAST_COLUMNS, ROWS, scale_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import Said


def drawn(value: float | None, target: float = 45.0, band: float = 3.0, width: int = 41, why: str = "") -> list[str]:
    return plain(scale_lines(Said(value, 0.9, why), target, band, width)).splitlines()


def test_angle_in_its_band_has_a_pointer_a_sign_and_a_number() -> None:
    assert drawn(45.5) == [
        " " * 21 + "▼ 45.5° ✓",
        "─" * 15 + "╡════╪════╞" + "─" * 15,
        " " * 14 + "42°  45°  48°",
    ]


def test_angle_out_of_its_band_is_told_without_colour() -> None:
    lines = scale_lines(Said(49.4, 0.9, ""), 45.0, 3.0, 41)
    assert plain(lines[:1]).strip() == "▼ 49.4° !"
    assert lines[0][1].tone == "warn"
    assert scale_lines(Said(45.0, 0.9, ""), 45.0, 3.0, 41)[0][1].tone == "good"


@pytest.mark.parametrize(("value", "shown"), [(80.0, "80.0° ! ▶"), (-10.0, "◀ -10.0° !"), (56.5, "56.5° ! ▼")])
def test_angle_off_the_scale_is_at_its_edge(value: float, shown: str) -> None:
    first = drawn(value)[0]
    assert first.strip() == shown
    assert len(first) <= 41


def test_unknown_angle_says_why_and_has_no_pointer() -> None:
    lines = drawn(None, why="hold still for 2 s\x1b[2J to set zero")
    assert lines[0] == "? hold still for 2 s [2J to set zero"
    assert "▼" not in "".join(lines)
    assert "╪" in lines[1]


@pytest.mark.parametrize("band", [0.2, 1.0, 3.0, 5.0, 60.0])
@pytest.mark.parametrize("width", [LEAST_COLUMNS, LEAST_COLUMNS + 1, 38, 41, 68, 69])
def test_scale_keeps_to_its_width(band: float, width: int) -> None:
    for value in (-400.0, 12.3, 45.0, 57.0, 400.0):
        lines = drawn(value, band=band, width=width)
        assert len(lines) == ROWS
        assert max(map(len, lines)) <= width
        assert len(lines[1]) == width
        assert "45°" in lines[2]
