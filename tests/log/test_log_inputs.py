"""Inputs as messages, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import LogError
from tidehold.log.inputs import is_input, pack_input, read_input
from tidehold.records import Frame, HostNs, Input, Link, Mark, Stop, Tick

times = st.integers(0, 2**63 - 1).map(HostNs)
words = st.text(st.characters(exclude_categories=["Cs"]))
sources = words.filter(lambda name: name and "/" not in name)
items: st.SearchStrategy[Input] = st.one_of(
    st.builds(Frame, times, sources, words, st.binary()),
    st.builds(Link, times, words, st.sampled_from(["up", "down", "stalled"]), st.dictionaries(words, words)),
    st.builds(Tick, times),
    st.builds(Mark, times, words, words),
    st.builds(Stop, times, words),
)


@given(items)
def test_every_input_comes_back_as_it_was(item: Input) -> None:
    topic, payload = pack_input(item)
    assert is_input(topic)
    assert read_input(topic, item.t, payload) == item


@given(st.integers(0, 2**63 - 1), sources, words, st.binary())
def test_a_frame_is_its_payload_to_the_byte(t: int, source: str, channel: str, payload: bytes) -> None:
    assert pack_input(Frame(HostNs(t), source, channel, payload)) == (f"/in/{source}/{channel}", payload)


@pytest.mark.parametrize("source", ["", "a/b", "/"])
def test_a_source_whose_name_would_be_read_back_wrong_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="without slashes"):
        pack_input(Frame(HostNs(1), source, "hr", b""))


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"type":"stop","t":1,"reason":"x"}', b'{"type":"tick","t":"1"}'])
def test_a_payload_that_is_not_what_its_topic_says_is_refused(payload: bytes) -> None:
    with pytest.raises(LogError, match="/in/tick is not readable"):
        read_input("/in/tick", 1, payload)


def test_a_message_with_two_times_is_refused() -> None:
    with pytest.raises(LogError, match="two times: 2 and 1"):
        read_input("/in/tick", 2, pack_input(Tick(HostNs(1)))[1])


def test_outputs_are_no_inputs() -> None:
    assert not is_input("/out/strap/hr")
    assert not is_input("/header")
