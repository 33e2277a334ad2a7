"""Passwords of the broker."""

import asyncio

from tests.sources.stalls import Heartbeat
from tidehold.sources.broker_options import Account
from tidehold.sources.broker_passwords import Passwords


async def test_only_the_right_password_of_the_right_account() -> None:
    passwords = await Passwords.of([Account("a", "one"), Account("b", "two")])
    assert await passwords.is_right("a", b"one")
    assert await passwords.is_right("b", b"two")
    for name, password in (("a", b"two"), ("b", b""), ("c", b"one"), ("", b""), ("a", b"\xff"), ("a", b"one ")):
        assert not await passwords.is_right(name, password)


async def test_an_unknown_user_costs_the_same_and_none_holds_up_the_loop() -> None:
    passwords = await Passwords.of([Account("a", "one")])
    loop = asyncio.get_running_loop()
    took: dict[str, list[float]] = {"a": [], "nobody": []}
    async with Heartbeat() as heartbeat:
        for _ in range(5):
            for name, times in took.items():
                began = loop.time()
                await passwords.is_right(name, b"guess")
                times.append(loop.time() - began)
    assert min(took["nobody"]) > 0.5 * min(took["a"]) > 0.001
    assert heartbeat.beats > 10
    assert heartbeat.worst_s < 0.2


async def test_guesses_wait_for_one_another() -> None:
    passwords = await Passwords.of([Account("a", "one")])
    right = await asyncio.gather(*(passwords.is_right("a", guess) for guess in (b"one", b"two", b"one")))
    assert right == [True, False, True]
    assert not passwords._one.locked()
