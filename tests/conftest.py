"""For all tests: what is missing on this machine is said, and is an error where nothing may be missing."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")  # how long an example takes says how busy the machine is

NOTHING_MISSING = "TIDEHOLD_NOTHING_MISSING"
"""Set where every system part is installed: a test that is "not run: X missing" fails."""

LONG_S = 1200
"""After which a longer check is said to hang; a shorter one after `timeout` of pyproject.toml."""

SLOW_FIRST = ("system", "house", "estimators", "sources", "simulators", "tui")
"""Folders whose files take longest: begun last, one of them would keep one processor busy while the others are idle.
(pytest-xdist would begin with the files of most tests, which are not the slow ones: `--no-loadscope-reorder`.)"""


def pytest_xdist_auto_num_workers() -> int:
    """Of `-n auto`: half as many again as there are processors, for many a test waits for other processes."""
    processors = os.cpu_count() or 1
    return processors + (processors + 1) // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else len(SLOW_FIRST)

    items.sort(key=turn)
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(LONG_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and "not run: " in str(report.longrepr) and os.environ.get(NOTHING_MISSING):
        report.outcome = "failed"
    return report
