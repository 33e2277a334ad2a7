"""What is relied on in amqtt: if a new version changes it, this says so."""

from __future__ import annotations

import asyncio
import inspect
import logging
from importlib.metadata import version
from types import SimpleNamespace

import pytest

pytest.importorskip("amqtt", reason="not run: amqtt missing")

from amqtt import adapters

from tidehold.sources.broker_amqtt import Admit, Engine, Kept
from tidehold.sources.broker_gate import Gate
from tidehold.sources.broker_options import USUAL


def test_the_version_that_is_known() -> None:
    assert version("amqtt") == "0.12.1"


def test_a_gate_has_all_that_amqtt_asks_of_a_reader_and_a_writer() -> None:
    for adapter in (adapters.ReaderAdapter, adapters.WriterAdapter):
        for name in adapter.__abstractmethods__:
            wanted = list(inspect.signature(getattr(adapter, name)).parameters)
            assert list(inspect.signature(getattr(Gate, name)).parameters) == wanted, name


async def test_the_newest_are_kept() -> None:
    kept = Kept(3)
    for number in range(5):
        await kept.put(number)
    assert [kept.get_nowait() for _ in range(3)] == [2, 3, 4]


async def test_a_session_keeps_its_messages_when_it_is_admitted_again() -> None:
    admit = Admit(SimpleNamespace(config=Admit.Config(kept=3), logger=None))
    session = SimpleNamespace(retained_messages=None)
    assert await admit.authenticate(session=session)
    kept = session.retained_messages
    assert await admit.authenticate(session=session)
    assert session.retained_messages is kept
    assert kept.maxsize == 3


async def test_it_starts_and_stops_and_is_quiet_in_between() -> None:
    log = logging.getLogger("amqtt")
    before = log.level
    engine = Engine(USUAL)
    await engine.start()
    assert not log.isEnabledFor(logging.CRITICAL)
    await engine.stop()
    assert log.level == before


async def test_a_shutdown_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(USUAL)
    await engine.start()
    monkeypatch.setattr("tidehold.sources.broker_amqtt._END_S", 0.05)
    monkeypatch.setattr(engine._broker, "shutdown", asyncio.Event().wait)
    await engine.stop()
    await asyncio.wait({engine._broker._broadcast_task, engine._broker._session_monitor_task}, timeout=5)
    assert engine._broker._session_monitor_task.cancelled()
