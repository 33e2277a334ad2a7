"""What a file comes to, in words and numbers."""

from __future__ import annotations

from tidehold.errors import LogError
from tidehold.imports.nouns import Broken, Found, nothing_sound, too_long
from tidehold.records import Frame, HostNs, Mark
from tidehold.units import NS


def test_the_length_is_that_of_all_in_it() -> None:
    frame, mark = Frame(HostNs(5), "phone", "gyroscope", b""), Mark(HostNs(9), "note", "x")
    plain = {"origin": "sensorlogger", "source": "phone", "profile": "p"}
    assert Found(**plain, frames=[frame]).length_ns == 5  # type: ignore[arg-type]
    assert Found(**plain, frames=[frame], marks=[mark]).length_ns == 9  # type: ignore[arg-type]


def test_the_errors_say_what_and_where() -> None:
    error = nothing_sound("a.txt", "RR interval", [Broken("a.txt:3", "value is not a number")])
    assert isinstance(error, LogError)
    assert str(error) == "a.txt: no RR interval in it; a.txt:3: value is not a number: nothing was imported"
    assert str(nothing_sound("a.txt", "RR interval", [])) == "a.txt: no RR interval in it: nothing was imported"
    assert str(too_long("a.txt", 100 * 3600 * NS)).startswith("a.txt: 100 h long by its own times, and more than 24 h")
