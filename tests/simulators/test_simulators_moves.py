"""What people are like, and how their poses follow one another."""

import numpy as np
import pytest

from tidehold_simulators.moves import Track, traits


def test_traits_are_those_of_adults_and_of_the_seed() -> None:
    people = [traits(seed) for seed in range(40)]
    assert all(32 < one.first_deg[side] < 52 for one in people for side in ("left", "right"))
    assert all(15 <= one.turn_deg <= 30 and 0.2 <= one.wander_deg <= 0.6 for one in people)
    assert all(10 <= one.free_bpm <= 16 and 0 < one.lag_s < 0.5 for one in people)
    assert all(one.hinge_deg > 1.1 * max(one.first_deg.values()) + 12 for one in people)
    assert np.std([one.first_deg["left"] for one in people]) > 2
    assert traits(3) == traits(3)


def test_poses_follow_one_another_at_their_moments() -> None:
    track = Track(3.0)
    assert track.angle_deg == 0.0
    assert track.go(10.0, 40.0, 2.0, sway_deg=0.5) == 12.0
    track.go(11.0, 20.0, 3.0)
    assert track.go(10.9, 5.0, 1.0) == pytest.approx(12.3)
    poses = track.poses()
    assert [pose.seconds for pose in poses] == [7.0, 1.0, pytest.approx(0.3), None]
    assert [pose.angle_deg for pose in poses] == [0.0, 40.0, 20.0, 5.0]
    assert poses[1].move_s == 1.0, "it is on its way when the next one begins"
    assert track.angle_deg == 5.0
