from pathlib import Path

import msgspec

from tidehold.daemon.summary import Summary
from tidehold.records import Cue, Estimate, Gap, Hold, HostNs, LinkView, Pacing, Pattern, Snapshot, StreamView
from tidehold.units import NS

KNOWN = Estimate(HostNs(9 * NS), "breathing/rate_bpm", 6.0, 0.8123, "")
UNKNOWN = Estimate(HostNs(9 * NS), "heart/hr_bpm", None, 0.0, "no heartbeats for 7 s")

PHASE = Estimate(HostNs(9 * NS), "breathing/phase_rad", 1.5, 0.7)
SCORE = Estimate(HostNs(9 * NS), "pacing/score", None, 0.0, "confidence 0.20 is below 0.25")
PLV = Estimate(HostNs(9 * NS), "pacing/plv", 0.9, 1.0)


def snapshot() -> Snapshot:
    return Snapshot(
        t=HostNs(9 * NS),
        inputs={"strap/hr": 8, "strap/pmd": 60},
        links={"strap": LinkView("armed", HostNs(NS), {})},
        said={},
        streams={"strap/hr": StreamView(8, None, 0.5, 1, (60.0,))},
        estimates={each.name: each for each in (KNOWN, UNKNOWN, PHASE, SCORE, PLV)},
        rejected={"strap/hr: too short": 2},
        gaps=1,
        traces={},
        pacing=Pacing(HostNs(NS), Pattern()),
    )


def test_before_anything_was_said_everything_is_unknown_with_a_reason() -> None:
    result = Summary().result(Path("x"))
    assert result["seconds"] == 0
    nothing = {"phase_rad": None, "held_s": None, "inhale_share": None}
    assert result["breathing"] == {"rate_bpm": None, "confidence": 0.0, "why": "nothing was estimated yet"} | nothing
    assert result["pacing"]["why"] == "no pacer in this session"
    assert result["gaps"] == []
    assert result["rejected"] == {}
    assert Summary().line() == "starting"


def test_the_result_has_counts_by_source_and_channel_and_the_last_word_of_each_estimator() -> None:
    summary = Summary()
    summary.hear(Gap(HostNs(5 * NS), "strap/hr", HostNs(2 * NS), HostNs(4 * NS), 2, "link lost: gone"))
    summary.hear(Cue(HostNs(2 * NS), "sensor-lost", "strap: gone"))
    summary.hear(snapshot())
    summary.hear(KNOWN)
    result = summary.result(Path("x.mcap"))
    assert result["session"] == "x.mcap"
    assert result["seconds"] == 9
    assert result["inputs"] == {"strap": {"hr": 8, "pmd": 60}}
    assert result["gaps"] == [{"stream": "strap/hr", "start_s": 2.0, "end_s": 4.0, "lost": 2, "why": "link lost: gone"}]
    assert result["rejected"] == {"strap/hr: too short": 2}
    assert result["heart"]["hr_bpm"] is None
    assert result["heart"]["why"] == "no heartbeats for 7 s"
    assert result["breathing"] == {
        "rate_bpm": 6.0,
        "confidence": 0.812,
        "why": "",
        "phase_rad": 1.5,
        "held_s": None,
        "inhale_share": None,
    }
    assert result["pacing"] == {
        "pattern": "4/6",
        "score": None,
        "plv": 0.9,
        "lag_s": None,
        "coverage": None,
        "session_score": None,
        "why": "confidence 0.20 is below 0.25",
    }
    assert result["streams"] == {"strap/hr": {"samples": 8, "rate_hz": None, "gaps": 1}}
    assert result["cues"] == [{"t_s": 2.0, "kind": "sensor-lost", "text": "strap: gone"}]


def test_the_result_has_every_hold_once_though_a_view_shows_the_last_ones_again() -> None:
    summary = Summary()
    holds = [
        Hold(HostNs(t * NS), "phone", "shin", HostNs((t - 2) * NS), HostNs(t * NS), None, None, {}, "too short")
        for t in range(2, 7)
    ]
    for hold in holds[:-1]:
        summary.hear(hold)
    angle = Estimate(HostNs(9 * NS), "phone/angle_deg", 44.5, 0.9)
    lasts = Estimate(HostNs(9 * NS), "phone/hold_s", None, 0.0, "moving")
    shown = {each.name: each for each in (angle, lasts)}
    summary.hear(msgspec.structs.replace(snapshot(), holds=tuple(holds[-3:]), estimates=shown))
    said = summary.result(Path("x"))["hold"]
    assert (said["angle_deg"], said["hold_s"], said["score"]) == (44.5, None, None)
    assert [hold["end_s"] for hold in said["holds"]] == [2, 3, 4, 5, 6]
    assert said["holds"][0] == {
        "source": "phone",
        "start_s": 0.0,
        "end_s": 2.0,
        "score": None,
        "why": "too short",
        "inclination_deg": None,
        "angle_deg": None,
        "rms_deg": None,
        "drift_deg_min": None,
        "slips": [],
    }


def test_the_line_says_what_is_unknown_and_why() -> None:
    summary = Summary()
    summary.hear(snapshot())
    line = summary.line()
    assert "heart unknown: no heartbeats for 7 s" in line
    assert "breathing 6.0/min (confidence 0.81)" in line
    assert "gaps 1" in line
    assert "strap armed" in line
