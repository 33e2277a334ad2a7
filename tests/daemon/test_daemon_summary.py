from pathlib import Path

import msgspec

from tidehold.daemon.summary import Summary
from tidehold.records import Cue, Estimate, Gap, Hold, HostNs, LinkView, Pacing, Pattern, Snapshot, StreamView
from tidehold.routine import Finding, Guide, Measured, Scored, Task
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


def test_the_result_has_what_each_task_came_to_once() -> None:
    summary = Summary()
    assert summary.result(Path("x"))["measured"] == []
    raised = Measured(
        HostNs(8 * NS),
        "phone",
        Task("raise", "left"),
        HostNs(2 * NS),
        HostNs(8 * NS),
        {"raise_deg": None},
        0.25,
        {"raise_deg": "swung"},
    )
    walked = msgspec.structs.replace(
        raised, task=Task("walk"), start=HostNs(NS), figures={"cadence_spm": 100.5}, why={}
    )
    summary.hear(raised)
    summary.hear(msgspec.structs.replace(snapshot(), measured=(raised, walked)))
    first, second = summary.result(Path("x"))["measured"]
    assert first == {
        "source": "phone",
        "kind": "raise",
        "side": "left",
        "start_s": 2.0,
        "end_s": 8.0,
        "figures": {"raise_deg": None},
        "quality": 0.25,
        "why": {"raise_deg": "swung"},
    }
    assert (second["kind"], second["side"], second["figures"]) == ("walk", "", {"cadence_spm": 100.5})


def test_a_session_without_a_routine_has_none_in_its_result() -> None:
    summary = Summary()
    summary.hear(snapshot())
    assert summary.result(Path("x"))["routine"] is None


def test_a_routine_is_told_with_its_scores_and_each_finding_once_with_its_end() -> None:
    summary = Summary()
    guide = Guide("psoas-relief", "Psoas relief", "running", (), 0, session_left_s=60.5)
    summary.hear(msgspec.structs.replace(snapshot(), guide=guide))
    onset = Finding(HostNs(7 * NS), "past-target", "2.4", "left", HostNs(5 * NS), None, "ease back a little")
    summary.hear(onset)
    assert summary.result(Path("x"))["routine"]["findings"][0]["until_s"] is None
    summary.hear(msgspec.structs.replace(onset, t=HostNs(9 * NS), until=HostNs(9 * NS)))
    step = Scored(
        HostNs(9 * NS), "step", "2.4", "left", "cut", HostNs(NS), HostNs(9 * NS), 8.0, None, 0.25, {}, {}, "cut short"
    )
    summary.hear(step)
    told = summary.result(Path("x"))["routine"]
    assert (told["id"], told["state"], told["left_s"]) == ("psoas-relief", "running", 60.5)
    assert [(each["kind"], each["since_s"], each["until_s"]) for each in told["findings"]] == [("past-target", 5, 9)]
    assert told["scores"][0]["score"] is None
    assert (told["scores"][0]["state"], told["scores"][0]["why"]) == ("cut", "cut short")
