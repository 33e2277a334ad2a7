"""`doctor` without sensors; with them it is tried in tests/system."""

from __future__ import annotations

from tests.cli.running import Run


def test_the_machine_is_looked_at_without_a_trial(tidehold: Run) -> None:
    ran = tidehold("doctor", "--seconds", 0, "--json")
    checks = {check["name"]: check for check in ran.json["checks"]}
    assert {"python", "clock", "disk", "terminal", "the simulators"} <= set(checks)
    assert all(set(check) == {"name", "state", "found", "advice"} for check in checks.values())
    assert ran.code == (0 if ran.json["well"] else 1)
    assert checks["terminal"]["state"] == "warning"  # this test has none


def test_a_person_reads_a_table_and_what_to_do(tidehold: Run) -> None:
    ran = tidehold("doctor", "--seconds", 0)
    assert "python" in ran.out
    assert "terminal: the dashboard needs one; without it use --headless" in ran.err
