from pathlib import Path

from tidehold.daemon.summary import Summary
from tidehold.records import Cue, Estimate, Gap, HostNs, LinkView, Snapshot, StreamView
from tidehold.units import NS

KNOWN = Estimate(HostNs(9 * NS), "breathing/rate_bpm", 6.0, 0.8123, "")
UNKNOWN = Estimate(HostNs(9 * NS), "heart/hr_bpm", None, 0.0, "no heartbeats for 7 s")


def snapshot() -> Snapshot:
    return Snapshot(
        t=HostNs(9 * NS),
        inputs={"strap/hr": 8, "strap/pmd": 60},
        links={"strap": LinkView("armed", HostNs(NS), {})},
        said={},
        streams={"strap/hr": StreamView(8, None, 0.5, 1, (60.0,))},
        estimates={each.name: each for each in (KNOWN, UNKNOWN)},
        rejected={"strap/hr: too short": 2},
        gaps=1,
        traces={},
    )


def test_before_anything_was_said_everything_is_unknown_with_a_reason() -> None:
    result = Summary().result(Path("x"))
    assert result["seconds"] == 0
    assert result["breathing"] == {"rate_bpm": None, "confidence": 0.0, "why": "nothing was estimated yet"}
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
    assert result["breathing"] == {"rate_bpm": 6.0, "confidence": 0.812, "why": ""}
    assert result["streams"] == {"strap/hr": {"samples": 8, "rate_hz": None, "gaps": 1}}
    assert result["cues"] == [{"t_s": 2.0, "kind": "sensor-lost", "text": "strap: gone"}]


def test_the_line_says_what_is_unknown_and_why() -> None:
    summary = Summary()
    summary.hear(snapshot())
    line = summary.line()
    assert "heart unknown: no heartbeats for 7 s" in line
    assert "breathing 6.0/min (confidence 0.81)" in line
    assert "gaps 1" in line
    assert "strap armed" in line
