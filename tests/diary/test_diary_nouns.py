import msgspec
import pytest

from tests.diary.days import entry
from tidehold.diary.nouns import CATALOGUED, CheckIn, Entry
from tidehold.records import UnixNs


def test_names_of_figures_end_in_their_unit_where_they_have_one() -> None:
    ends = {"deg": ("deg",), "deg/min": ("deg_min",), "ms": ("ms",), "1/min": ("bpm", "spm"), "s": ("_s",)}
    for name, unit in CATALOGUED.items():
        assert unit == "1" or name.endswith(ends[unit]), name


@pytest.mark.parametrize("pain", [-1, 11, 3.5])
def test_pain_is_a_whole_number_from_0_to_10(pain: float) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"at": 1, "pain": %s}' % str(pain).encode(), type=CheckIn)


def test_what_a_later_version_adds_is_passed_over() -> None:
    later = b'{"at": 5, "pain": 3, "mood": "good"}'
    assert msgspec.json.decode(later, type=CheckIn) == CheckIn(at=UnixNs(5), pain=3)


def test_an_entry_comes_back_from_json() -> None:
    whole = entry(answers={"a": "no"}, notes=("x",))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Entry) == whole
