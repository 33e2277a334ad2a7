"""Reading profiles: what is wrong is said with file, key, expected and found."""

from __future__ import annotations

import pytest

from tidehold.errors import ProfileError
from tidehold.wire.profile_toml import parse_profile

WHOLE = """
id = "test"
name = "Test strap"
kind = "strap"
source = "ble"

[match]
name_prefix = "Test"
services = ["180d"]

[clock]
kind = "epoch"
epoch = "2000-01-01"
resets = true

[[channel]]
id = "hr"
service = "180d"
uuid = "2a37"
mode = "notify"
codec = "heart-rate"
stalls_after_s = 5

[[channel]]
id = "control"
service = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
uuid = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
mode = "indicate"
codec = "pmd-control"

[[channel]]
id = "pmd"
service = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
uuid = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
mode = "notify"
codec = "pmd"

[[stream]]
id = "hr"
channel = "hr"
unit = "1/min"
range = [20, 300]

[[stream]]
id = "acc"
channel = "pmd"
unit = "m/s^2"
columns = ["x", "y", "z"]
rate_hz = 200
settings = "0102"
start = "0202"
stop = "0302"

[[example]]
channel = "hr"
payload = "003c"
expect.hr = [60]

[[example]]
channel = "pmd"
payload = "0201000000000000000100000000e803"
device_ns = 1
expect.acc = [[0, 0, 9.80665]]

[[example]]
channel = "control"
payload = "f00202000001"
text = "start acc: ok"

[[example]]
channel = "hr"
payload = "0001"
refused = "hr: outside"
"""


def test_a_whole_profile_is_read() -> None:
    profile = parse_profile(WHOLE, "test.toml")
    assert (profile.id, profile.clock.epoch, profile.stream[1].rate_hz) == ("test", "2000-01-01", 200.0)
    assert [len(part) for part in (profile.channel, profile.stream, profile.example)] == [3, 2, 4]


def test_what_may_be_left_out_may() -> None:
    text = WHOLE.replace(WHOLE[WHOLE.index("[clock]") : WHOLE.index("[[channel]]")], "")
    text = text[: text.index("[[example]]")].replace('name_prefix = "Test"\n', "")
    profile = parse_profile(text, "test.toml")
    assert (profile.clock.kind, profile.match.name_prefix, profile.example) == ("none", "", ())


MISTAKES = {
    # the shape
    "no TOML": ("[clock]", "[clock", "expected TOML, found: Expected ']'"),
    "missing key": ('name = "Test strap"\n', "", "name: expected a value, found none"),
    "missing key in a table": ('mode = "indicate"\n', "", "channel[1].mode: expected a value, found none"),
    "unknown key": (
        "resets = true",
        "reset = true",
        "clock.reset: expected one of the keys kind, epoch, resets, found an unknown key",
    ),
    "unknown key at the top": (
        "kind =",
        'maker = "x"\nkind =',
        "maker: expected one of the keys id, name, kind, source, match, channel, stream, clock, example, found an",
    ),
    "unknown key in a list": (
        "rate_hz",
        "rate",
        "stream[1].rate: expected one of the keys id, channel, unit, columns, rate_hz, range, settings, start, stop",
    ),
    "wrong type": ("rate_hz = 200", 'rate_hz = "200"', "stream[1].rate_hz: expected float, found str"),
    "wrong type in a list": ("[20, 300]", '[20, "300"]', "stream[0].range[1]: expected float, found str"),
    "wrong type of a table": ("[clock]", "[[clock]]", "clock: expected object, found array"),
    "wrong type in expect": ("[60]", '["60"]', "example[0].expect[...][0]: expected float | array, found str"),
    "wrong length": ("[20, 300]", "[20]", "stream[0].range: expected array of length 2, found 1"),
    "word not in a list": (
        '"notify"',
        '"poll"',
        "channel[0].mode: expected one of indicate, notify, read, found 'poll'",
    ),
    "unknown codec": (
        '"heart-rate"',
        '"hrm"',
        "channel[0].codec: expected one of battery, body-location, heart-rate, pmd, pmd-control, system-id, text",
    ),
    "unknown unit": (
        '"1/min"',
        '"bpm"',
        "stream[0].unit: expected one of 1, 1/min, J, V, m/s^2, rad/s, s, found 'bpm'",
    ),
    "bad id": ('id = "test"', 'id = "Te st"', "id: expected lower-case words joined by hyphens, found 'Te st'"),
    "empty name": ('"Test strap"', '""', "name: expected a text that is not empty, found ''"),
    "empty column": ('"y"', '""', "stream[1].columns[1]: expected a text that is not empty, found ''"),
    "bad UUID": ('"2a37"', '"2a3"', "channel[0].uuid: expected a UUID of 4 or of 32 hexadecimal digits, found '2a3'"),
    "bad UUID in a list": (
        '["180d"]',
        '["180d", "x"]',
        "match.services[1]: expected a UUID of 4 or of 32 hexadecimal digits, found 'x'",
    ),
    "bad hex": ('"0302"', '"032"', "stream[1].stop: expected bytes in hexadecimal, without spaces, found '032'"),
    "rate of 0": (
        "rate_hz = 200",
        "rate_hz = 0",
        "stream[1].rate_hz: expected a number above 0, at most a million, found 0",
    ),
    "rate without end": (
        "rate_hz = 200",
        "rate_hz = inf",
        "stream[1].rate_hz: expected a number above 0, at most a million, found inf",
    ),
    # what it means
    "channel twice": ('id = "control"', 'id = "hr"', "channel[1].id: expected an id of its own, found 'hr' twice"),
    "stream twice": ('id = "acc"', 'id = "hr"', "stream[1].id: expected an id of its own, found 'hr' twice"),
    "matches all": (
        'name_prefix = "Test"\nservices = ["180d"]',
        "",
        "match: expected a name_prefix or services, found neither",
    ),
    "epoch missing": (
        'epoch = "2000-01-01"\n',
        "",
        "clock.epoch: expected a date for a clock of this kind, found None",
    ),
    "epoch too many": (
        'kind = "epoch"',
        'kind = "boot"',
        "clock.epoch: expected no date for a clock of this kind, found '2000-01-01'",
    ),
    "epoch empty": ('"2000-01-01"', '""', "clock.epoch: expected a date as in 2000-01-01, found ''"),
    "epoch no date": ('"2000-01-01"', '"1.1.2000"', "clock.epoch: expected a date as in 2000-01-01, found '1.1.2000'"),
    "no such channel": (
        'channel = "pmd"\nunit',
        'channel = "acc"\nunit',
        "stream[1].channel: expected one of the channels hr, control, pmd, found 'acc'",
    ),
    "stream of another codec": (
        'channel = "pmd"\nunit',
        'channel = "hr"\nunit',
        "stream[1].id: expected what codec heart-rate carries: hr, contact, energy, rr, found 'acc'",
    ),
    "stream of a codec without": (
        'channel = "pmd"\nunit',
        'channel = "control"\nunit',
        "stream[1].id: expected what codec pmd-control carries: nothing, found 'acc'",
    ),
    "unit of another stream": ('"m/s^2"', '"V"', "stream[1].unit: expected 'm/s^2', found 'V'"),
    "columns": ('["x", "y", "z"]', '["x", "y"]', "stream[1].columns: expected 3 names, found 2"),
    "range reversed": (
        "[20, 300]",
        "[300, 20]",
        "stream[0].range: expected two finite numbers, the lower first, found [300.0, 20.0]",
    ),
    "range without end": (
        "[20, 300]",
        "[20, inf]",
        "stream[0].range: expected two finite numbers, the lower first, found [20.0, inf]",
    ),
    "range of no numbers": (
        "[20, 300]",
        "[nan, 300]",
        "stream[0].range: expected two finite numbers, the lower first, found [nan, 300.0]",
    ),
    "no command": (
        '"0302"',
        '"03"',
        "stream[1].stop: expected a PMD command, stop acc, found '03'",
    ),
    "another command": ('"0302"', '"0202"', "stream[1].stop: expected a PMD command, stop acc, found '0202'"),
    "command about another": ('"0302"', '"0300"', "stream[1].stop: expected a PMD command, stop acc, found '0300'"),
    "command about an unknown": ('"0302"', '"0307"', "stream[1].stop: expected a PMD command, stop acc, found '0307'"),
    "nowhere to write": (
        '"pmd-control"',
        '"text"',
        "stream[1]: expected a channel of codec pmd-control to write commands to, found none",
    ),
    "start without stop": (
        'stop = "0302"\n',
        "",
        "stream[1].stop: expected start and stop together: a stream left on empties the battery, found one of them",
    ),
    "example of no channel": (
        'channel = "hr"\npayload = "003c"',
        'channel = "rr"\npayload = "003c"',
        "example[0].channel: expected one of the channels hr, control, pmd, found 'rr'",
    ),
    "example with another value": ("[60]", "[61]", "example[0].expect.hr: expected [61.0], found [60.0]"),
    "example with more values": ("[60]", "[60, 60]", "example[0].expect.hr: expected [60.0, 60.0], found [60.0]"),
    "example with a row": ("[60]", "[[60]]", "example[0].expect.hr: expected [[60.0]], found [60.0]"),
    "example without a row": (
        "[[0, 0, 9.80665]]",
        "[0]",
        "example[1].expect.acc: expected [0.0], found [[0.0, 0.0, 9.80665]]",
    ),
    "example with another stream": ("expect.hr", "expect.rr", "example[0].expect: expected rr, found hr"),
    "example with a stream too many": (
        "expect.hr = [60]",
        "expect.hr = [60]\nexpect.contact = [0]",
        "example[0].expect: expected hr, contact, found hr",
    ),
    "example that expects nothing": ("expect.hr = [60]\n", "", "example[0].expect: expected nothing, found hr"),
    "example that carries nothing": (
        'payload = "003c"',
        'payload = "0000"',
        "example[0].expect: expected hr, found nothing",
    ),
    "example with another time": ("device_ns = 1", "device_ns = 2", "example[1].device_ns: expected 2, found 1"),
    "example without a time": ("device_ns = 1\n", "", "example[1].device_ns: expected None, found 1"),
    "example with another text": (
        '"start acc: ok"',
        '"started"',
        "example[2].text: expected 'started', found 'start acc: ok'",
    ),
    "example that is refused": (
        'payload = "003c"',
        'payload = "00"',
        "example[0].refused: expected nothing, found heart rate: 1 bytes, the flags promise 2",
    ),
    "example that is not refused": (
        'payload = "0001"',
        'payload = "0000"',
        "example[3].refused: expected hr: outside, found nothing",
    ),
    "example refused for another reason": (
        'payload = "0001"',
        'payload = "00"',
        "example[3].refused: expected hr: outside, found heart rate: 1 bytes, the flags promise 2",
    ),
}


@pytest.mark.parametrize(("old", "new", "complaint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(old: str, new: str, complaint: str) -> None:
    assert old in WHOLE
    with pytest.raises(ProfileError) as caught:
        parse_profile(WHOLE.replace(old, new, 1), "test.toml")
    assert str(caught.value).startswith(f"test.toml: {complaint}")


@pytest.mark.parametrize("new", ['"poll\\nnotify"', '"""\npoll\nnotify"""', '"poll'])
def test_a_complaint_is_one_line(new: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(WHOLE.replace('"notify"', new, 1), "test.toml")
    assert len(str(caught.value).splitlines()) == 1
