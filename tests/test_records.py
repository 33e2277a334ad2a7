import json

import msgspec
import numpy as np
import pytest

from tidehold.records import (
    Estimate,
    Frame,
    HostNs,
    Input,
    Link,
    LinkView,
    Mark,
    Recording,
    Sample,
    Snapshot,
    Status,
    Stop,
    StreamView,
    Tick,
    Trace,
    UnixNs,
    decode_status,
    encode,
)

INPUTS: list[Input] = [
    Frame(HostNs(1), "strap", "hr", b"\x00\xff"),
    Link(HostNs(2), "strap", "up", {"profile": "simulated"}),
    Tick(HostNs(3)),
    Mark(HostNs(4), "note", "left"),
    Stop(HostNs(5), "done"),
]


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: type(item).__name__)
def test_an_input_comes_back_from_its_json(item: Input) -> None:
    assert msgspec.json.decode(encode(item), type=Input) == item


@pytest.mark.parametrize("item", INPUTS, ids=lambda item: type(item).__name__)
def test_an_input_cannot_be_changed(item: Input) -> None:
    with pytest.raises(AttributeError):
        item.t = HostNs(9)  # type: ignore[misc]


def test_arrays_become_plain_lists_with_shortest_floats() -> None:
    sample = Sample(HostNs(7), "strap/acc", np.array([5, 7]), np.array([[0.1, 0.2, 0.3], [1.0, 2.0, 1e-9]]))
    assert json.loads(encode(sample)) == {
        "type": "sample",
        "t": 7,
        "stream": "strap/acc",
        "times": [5, 7],
        "values": [[0.1, 0.2, 0.3], [1.0, 2.0, 1e-9]],
    }


def test_numpy_scalars_become_numbers() -> None:
    link = Link(HostNs(np.int64(3)), "strap", "up", {})  # type: ignore[arg-type]
    assert json.loads(encode(link))["t"] == 3


def test_the_order_of_keys_does_not_matter() -> None:
    assert encode(Link(HostNs(1), "s", "up", {"a": "1", "b": "2"})) == encode(
        Link(HostNs(1), "s", "up", {"b": "2", "a": "1"})
    )


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        encode(Link(HostNs(1), "s", "up", {"a": object()}))  # type: ignore[dict-item]


def test_a_status_survives_json_with_its_traces() -> None:
    times, values = np.array([1, 2], np.int64), np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]])
    snapshot = Snapshot(
        t=HostNs(5),
        inputs={"strap/hr": 1},
        links={"strap": LinkView("armed", HostNs(1), {})},
        said={},
        streams={"strap/acc": StreamView(2, 50.0, 0.1, 0, (3.0, 4.0, 5.0))},
        estimates={"x": Estimate(HostNs(5), "x", None, 0.0, "why")},
        rejected={},
        gaps=0,
        traces={"strap/acc": Trace(times, values)},
    )
    status = Status(Recording("/x.mcap", "s", UnixNs(7), "recording", 12), snapshot)
    again = decode_status(encode(status))
    assert again.recording == status.recording
    trace = again.snapshot.traces["strap/acc"]
    assert trace.times.dtype == np.int64
    assert trace.times.tolist() == [1, 2]
    assert trace.values.tolist() == values.tolist()
    assert again.snapshot.streams == snapshot.streams
    assert again.snapshot.estimates == snapshot.estimates
    with pytest.raises(msgspec.MsgspecError):
        decode_status(b'{"type": "status"}')
