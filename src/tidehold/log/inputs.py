"""Inputs as messages, and back. Pure.

A frame is its payload, to the byte; the other inputs are JSON. The topic of a
frame is "/in/<source>/<channel>", where a source has no slash in its name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from tidehold.errors import LogError
from tidehold.records import Frame, HostNs, Input, Link, Mark, Stop, Tick, encode

_TOPICS: Final[dict[type, str]] = {Link: "/in/link", Tick: "/in/tick", Mark: "/in/mark", Stop: "/in/stop"}
_DECODERS: Final[dict[str, msgspec.json.Decoder[Link | Tick | Mark | Stop]]] = {
    topic: msgspec.json.Decoder(kind) for kind, topic in _TOPICS.items()
}


def pack_input(item: Input) -> tuple[str, bytes]:
    """Topic and payload of an input.

    Raises:
        ValueError: The name of a frame's source is empty or has a slash.
    """
    if isinstance(item, Frame):
        return _frame_topic(item.source, item.channel), item.payload
    return _TOPICS[type(item)], encode(item)


def is_input(topic: str) -> bool:
    """Whether messages of this topic are inputs."""
    return topic.startswith("/in/")


def read_input(topic: str, t: int, payload: bytes) -> Input:
    """The input that `pack_input` packed.

    Raises:
        LogError: The payload is not what the topic says.
    """
    decoder = _DECODERS.get(topic)
    if decoder is None:
        return Frame(HostNs(t), *_frame_names(topic), payload)
    try:
        item = decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise LogError(f"a message of {topic} is not readable: {error}") from error
    if item.t != t:
        raise LogError(f"a message of {topic} says two times: {t} and {item.t} ns")
    return item


@lru_cache(maxsize=1024)
def _frame_topic(source: str, channel: str) -> str:
    if not source or "/" in source:
        raise ValueError(f"a source's name must be a word without slashes, not {source!r}")
    return f"/in/{source}/{channel}"


@lru_cache(maxsize=1024)
def _frame_names(topic: str) -> tuple[str, str]:
    _, _, source, channel = topic.split("/", 3)
    return source, channel
