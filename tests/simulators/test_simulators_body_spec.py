"""What a body can be asked: patterns that change, and what does not fit together."""

import pytest

from tidehold.records import Pattern
from tidehold_simulators.body_spec import BodySpec, Pacer, Pose


def test_a_pattern_changes_in_a_straight_line() -> None:
    pacer = Pacer(pattern="2/3", to_pattern="4/6", since_s=100, until_s=300)
    assert pacer.asked == pacer.asked_at(0) == pacer.asked_at(100) == Pattern(2.0, 0.0, 3.0, 0.0)
    assert pacer.asked_at(200) == Pattern(3.0, 0.0, 4.5, 0.0)
    assert pacer.asked_at(300) == pacer.asked_at(999) == Pattern(4.0, 0.0, 6.0, 0.0)
    assert pacer.share == pacer.share_of(pacer.asked_at(200)) == pytest.approx(0.4)
    assert Pacer(pattern="4/6").asked_at(1e6) == Pattern(4.0, 0.0, 6.0, 0.0)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"pattern": "4/6", "to_pattern": "fast", "until_s": 9}, "pattern such as"),
        ({"pattern": "4/6", "until_s": 9, "since_s": 9}, "`until_s` > `since_s`"),
        ({"pattern": "4/6", "to_pattern": "5/5"}, "`until_s` beside `to_pattern`"),
    ],
)
def test_a_wrong_pacer_is_none(wrong: dict[str, object], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Pacer(**wrong)  # type: ignore[arg-type]


def test_a_walk_has_an_end() -> None:
    with pytest.raises(ValueError, match="`seconds` beside `walk_spm`"):
        Pose(walk_spm=100)
    assert Pose(walk_spm=100, seconds=60).walk_asymmetry == 0


def test_who_is_asked_nothing_does_nothing_special() -> None:
    assert (BodySpec().paced, BodySpec().leg, BodySpec().trunk) == ((), (), ())
    assert BodySpec().pose == (Pose(),)
