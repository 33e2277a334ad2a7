import sys

import pytest

from tidehold.cli.extras import need_broker, need_simulators
from tidehold.errors import ConfigError


def test_what_is_installed_is_no_trouble() -> None:
    need_simulators()
    need_broker()


@pytest.mark.parametrize(("module", "extra"), [("bumble", "sim"), ("amqtt", "broker"), ("segno", "broker")])
def test_what_is_missing_is_said_with_the_command_that_installs_it(
    module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"pip install 'tidehold\[{extra}\]'"):
        {"sim": need_simulators, "broker": need_broker}[extra]()
