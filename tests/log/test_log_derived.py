"""What is stored whole, and what a digest covers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.log.sessions import SmallFold, inputs, snapshot
from tidehold.log.derived import Derived, Entry
from tidehold.records import (
    Breath,
    Cue,
    Estimate,
    Gap,
    Hold,
    HostNs,
    Output,
    Rejected,
    Sample,
    Times,
    Trace,
    Values,
    encode,
)
from tidehold.units import NS


def sample(stream: str, t: int = 1, times: Times | None = None, values: Values | None = None) -> Sample:
    n = np.array([1, 2], np.int64) if times is None else times
    return Sample(HostNs(t), stream, n, np.array([0.5, 0.25]) if values is None else values)


@pytest.mark.parametrize(
    ("out", "topic"),
    [
        (sample("strap/hr"), "/out/strap/hr"),
        (sample("strap/rr"), "/out/strap/rr"),
        (sample("strap/rr_clean", values=np.array([[0.8, 1.0, 0.0], [0.9, 2.0, 1.0]])), "/out/strap/rr_clean"),
        (sample("strap/contact"), "/out/strap/contact"),
        (sample("strap/battery"), "/out/strap/battery"),
        (sample("strap/energy"), "/out/strap/energy"),
        (Gap(HostNs(1), "strap/rr", HostNs(0), HostNs(1), None, "why"), "/out/gap"),
        (Estimate(HostNs(1), "heart/hr_bpm", None, 0.0, "too early"), "/out/estimate"),
        (Breath(HostNs(1), HostNs(-5), HostNs(-3), HostNs(0), 0.5), "/out/breath"),
        (Hold(HostNs(1), "phone", "shin", HostNs(-9), HostNs(0), None, None, {}, "too short"), "/out/hold"),
        (Cue(HostNs(1), "note", "ü"), "/out/cue"),
        (Rejected(HostNs(1), "strap", "hr", "short"), "/out/rejected"),
    ],
)
def test_slow_outputs_are_stored_as_their_json(out: Output, topic: str) -> None:
    assert Derived().encode(out) == [Entry(topic, HostNs(1), encode(out))]


@pytest.mark.parametrize("stream", ["strap/ecg", "strap/acc", "other/anything"])
def test_waveforms_and_snapshots_are_not_stored(stream: str) -> None:
    derived = Derived()
    assert derived.encode(sample(stream)) == []
    assert derived.encode(snapshot(HostNs(2), {}, {})) == []


@pytest.mark.parametrize("name", ["breathing/phase_rad", "breathing/held_s"])
def test_what_is_estimated_at_every_tick_is_digested_not_stored(name: str) -> None:
    digests = []
    for value in (1.0, 1.0, 1.5, None):
        derived = Derived()
        assert derived.encode(Estimate(HostNs(1), name, value, 0.5)) == []
        digests.append(json.loads(derived.close()[0].payload)["hash"])
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_digest_comes_ahead_of_the_first_output_of_the_next_second() -> None:
    derived = Derived()
    derived.encode(sample("strap/acc", values=np.array([[1.0, 2.0], [3.0, 4.5]])))
    derived.encode(sample("strap/hr"))
    derived.encode(snapshot(HostNs(5), {}, {}))
    late = Cue(HostNs(2 * NS + 7), "note", "")
    digest, stored = derived.encode(late)
    assert (digest.topic, digest.t) == ("/out/digest", 2 * NS)
    assert stored == Entry("/out/cue", late.t, encode(late))
    said = json.loads(digest.payload)
    assert said["sums"] == {"strap/acc": 10.5}
    assert said["counts"] == {"strap/acc": 2, "strap/hr": 2}
    assert said["snapshots"] == 1
    assert derived.encode(Cue(HostNs(2 * NS + 8), "note", "")) != [digest, stored]


def test_a_digest_starts_again_each_second_but_counts_go_on() -> None:
    derived = Derived()
    derived.encode(sample("strap/acc"))
    (first,) = derived.encode(sample("strap/acc", NS))
    (second,) = derived.encode(sample("strap/ecg", 2 * NS))
    (last,) = derived.close()
    said = [json.loads(each.payload) for each in (first, second, last)]
    assert [each["counts"] for each in said] == [{"strap/acc": 2}, {"strap/acc": 4}, {"strap/acc": 4, "strap/ecg": 2}]
    assert [each["sums"] for each in said] == [{"strap/acc": 0.75}, {"strap/acc": 0.75}, {"strap/ecg": 0.75}]
    assert len({each["hash"] for each in said}) == 3
    assert last.t == 2 * NS


def hash_after(*outputs: Output) -> str:
    derived = Derived()
    for out in outputs:
        derived.encode(out)
    said: dict[str, Any] = json.loads(derived.close()[0].payload)
    return str(said["hash"])


def trace(last: float) -> dict[str, Trace]:
    return {"strap/ecg": Trace(np.array([1, 2]), np.array([0.0, last]))}


CHANGES: dict[str, Callable[[], Output]] = {
    "value by one last bit": lambda: sample("strap/acc", values=np.array([0.5, np.nextafter(0.25, 1)])),
    "sign of zero": lambda: sample("strap/acc", values=np.array([0.5, -0.0])),
    "time of one sample": lambda: sample("strap/acc", times=np.array([1, 3], np.int64)),
    "arrival": lambda: sample("strap/acc", t=2),
    "stream": lambda: sample("strap/ecg"),
    "one sample less": lambda: sample("strap/acc", times=np.array([1]), values=np.array([0.5])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_a_waveform_changes_the_hash(change: str) -> None:
    other = sample("strap/acc", values=np.array([0.5, 0.0])) if change == "sign of zero" else sample("strap/acc")
    assert hash_after(CHANGES[change]()) != hash_after(other)
    assert hash_after(other) == hash_after(other)


def test_any_change_of_the_last_snapshot_changes_the_hash() -> None:
    base = hash_after(snapshot(HostNs(1), {"a": 1, "b": 2}, trace(1.0)))
    assert hash_after(snapshot(HostNs(1), {"b": 2, "a": 1}, trace(1.0))) == base
    assert hash_after(snapshot(HostNs(1), {"a": 1, "b": 3}, trace(1.0))) != base
    assert hash_after(snapshot(HostNs(1), {"a": 1, "b": 2}, trace(float(np.nextafter(1.0, 2.0))))) != base
    assert hash_after(snapshot(HostNs(0), {}, {}), snapshot(HostNs(1), {"a": 1, "b": 2}, trace(1.0))) == base


def test_numpy_scalars_in_a_snapshot_are_plain_numbers() -> None:
    assert hash_after(snapshot(HostNs(1), {"a": np.int64(3)}, {})) == hash_after(snapshot(HostNs(1), {"a": 3}, {}))  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="no exact form for object"):
        hash_after(snapshot(HostNs(1), {"a": object()}, {}))  # type: ignore[dict-item]


def test_equal_outputs_give_equal_bytes() -> None:
    def all_entries() -> list[Entry]:
        fold, derived = SmallFold(), Derived()
        entries = [entry for item in inputs(8) for out in fold.feed(item) for entry in derived.encode(out)]
        return entries + derived.close()

    assert all_entries() == all_entries()
    assert sum(entry.topic == "/out/digest" for entry in all_entries()) == 8
