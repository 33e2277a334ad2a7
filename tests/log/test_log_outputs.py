"""What was stored of the fold's outputs comes back as it was."""

from __future__ import annotations

import numpy as np
import pytest

from tests.log.sessions import SmallFold, header, inputs
from tidehold.errors import LogError
from tidehold.log.derived import Derived
from tidehold.log.outputs import DIGEST, Series, read_output
from tidehold.records import HostNs, Output, Sample, Snapshot, encode


def test_every_stored_output_comes_back_and_digests_are_none() -> None:
    fold, derived = SmallFold(header()), Derived()
    said: list[Output] = []
    back: list[Output] = []
    digests = 0
    for item in inputs(10):
        for out in fold.feed(item):
            said.append(out)
            for topic, _, payload in derived.encode(out):
                found = read_output(topic, payload)
                digests += topic == DIGEST
                back += [] if found is None else [found]
    slow = [out for out in said if not isinstance(out, Snapshot) and not _is_wave(out)]
    assert [encode(out) for out in back] == [encode(out) for out in slow]
    assert digests > 5
    assert {type(out).__name__ for out in back} == {"Sample", "Gap", "Estimate", "Cue", "Rejected"}


def _is_wave(out: Output) -> bool:
    return isinstance(out, Sample) and out.stream == "strap/acc"


def test_arrays_have_their_types_again() -> None:
    sample = Sample(HostNs(9), "strap/rr_clean", np.array([4, 9]), np.array([[0.8, 1.0, 0.0], [0.9, 2.0, 1.0]]))
    found = read_output("/out/strap/rr_clean", encode(sample))
    assert isinstance(found, Sample)
    assert [str(array.dtype) for array in (found.times, found.values)] == ["int64", "float64"]
    assert found.values.shape == (2, 3)


def test_what_is_no_output_is_named() -> None:
    with pytest.raises(LogError, match=r"a message of /out/gap is not readable: .*stream"):
        read_output("/out/gap", b'{"type": "gap", "t": 5}')


def test_a_series_grows_in_one_and_in_more_columns() -> None:
    series = Series()
    assert (len(series), series.values.tolist()) == (0, [])
    for k in range(3):
        series.add(np.array([k]), np.array([[k, 2.0 * k]]))
        assert len(series) == k + 1
    assert series.times.tolist() == [0, 1, 2]
    assert series.values.tolist() == [[0, 0], [1, 2], [2, 4]]
