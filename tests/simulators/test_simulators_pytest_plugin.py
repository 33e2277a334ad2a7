"""The fixture as another project finds it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

THEIR_TEST = """
import socket

def test_their_app(tidehold_strap):
    strap = tidehold_strap("link-drops", "--held")
    assert strap.name == "Tidehold Sim 0001"
    socket.create_connection(("127.0.0.1", strap.port), timeout=5).close()
    print("port", strap.port)
"""


@pytest.mark.long
def test_a_project_gets_straps_and_they_end_with_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(THEIR_TEST)
    result = pytester.runpytest_subprocess("-s", "-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    (said,) = (line for line in result.outlines if "port " in line)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(said.split("port ")[1].split(".")[0])), timeout=5)


THEIR_PHONE_TEST = """
import pytest

def test_their_broker(tidehold_phone):
    with pytest.raises(RuntimeError, match="the phone process ended"):
        tidehold_phone("no-such-scenario", "127.0.0.1:1")
"""


@pytest.mark.long
def test_a_project_gets_phones(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(THEIR_PHONE_TEST)
    pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_costs_a_project_that_does_not_use_it_nothing() -> None:
    heavy = "[name for name in ('bumble', 'numpy', 'bleak', 'aiomqtt') if name in sys.modules]"
    check = f"import sys, tidehold_simulators.pytest_plugin; print({heavy})"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
