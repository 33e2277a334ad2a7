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
        "stream[1].rate: expected one of the keys id, channel, unit, columns, sensor, axes, scale, rate_hz, range",
    ),
    "wrong type": ("rate_hz = 200", 'rate_hz = "200"', "stream[1].rate_hz: expected float, found str"),
    "wrong type in a list": ("[20, 300]", '[20, "300"]', "stream[0].range[1]: expected float, found str"),
    "wrong type of a table": ("[clock]", "[[clock]]", "clock: expected object, found array"),
    "wrong type in expect": ("[60]", '["60"]', "example[0].expect[...][0]: expected float | array, found str"),
    "wrong length": ("[20, 300]", "[20]", "stream[0].range: expected array of length 2, found 1"),
    "word not in a list": (
        '"notify"',
        '"poll"',
        "channel[0].mode: expected one of indicate, message, notify, read, slice, write, found 'poll'",
    ),
    "unknown codec": (
        '"heart-rate"',
        '"hrm"',
        "channel[0].codec: expected one of battery, body-location, heart-rate, packed, phyphox, pmd, pmd-control,",
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


PHONE = """
id = "test"
name = "Test phone"
kind = "phone"
source = "mqtt"

[clock]
kind = "epoch"
epoch = "1970-01-01"

[[channel]]
id = "push"
topic = "test"
mode = "message"
codec = "sensor-logger"

[[stream]]
id = "acc"
channel = "push"
unit = "m/s^2"
columns = ["x", "y"]
sensor = "accelerometer"
axes = ["x", "-y"]
scale = 2

[[stream]]
id = "battery"
channel = "push"
unit = "1"
sensor = "battery"
axes = ["batteryLevel"]

[[example]]
channel = "push"
json = '{"messageId":1,"sessionId":"s","payload":[{"name":"battery","time":7,"values":{"batteryLevel":1}},\
{"name":"accelerometer","time":5,"values":{"x":1,"y":2}},{"name":"location","time":5}]}'
device_ns = 7
expect = { acc = [[2, -4]], battery = [1] }
skipped = { "location: not named in the profile" = 1 }
""".replace("\\\n", "")

IMU = """
id = "test"
name = "Test IMU"
kind = "imu"
source = "ble"

[match]
name_prefix = "Test"

[[channel]]
id = "data"
service = "180d"
uuid = "2a37"
mode = "notify"
codec = "packed"
layout = "<hhh"

[[channel]]
id = "period"
service = "180d"
uuid = "2a38"
mode = "write"
codec = "setting"
value = "1400"

[[stream]]
id = "acc"
channel = "data"
unit = "m/s^2"
columns = ["x", "y"]
axes = ["-2", "0"]
scale = 0.5

[[example]]
channel = "data"
payload = "010002000400"
expect.acc = [[-2, 0.5]]
"""


def test_a_profile_of_a_phone_needs_nothing_to_match() -> None:
    profile = parse_profile(PHONE, "test.toml")
    assert (profile.match.name_prefix, profile.match.services) == ("", ())
    assert (profile.channel[0].topic, profile.channel[0].uuid, profile.stream[0].axes) == ("test", "", ("x", "-y"))
    assert profile.example[0].skipped == {"location: not named in the profile": 1}


def test_a_device_without_grammar_needs_no_code() -> None:
    profile = parse_profile(IMU, "test.toml")
    assert (profile.channel[0].layout, profile.channel[1].value) == ("<hhh", "1400")


PHONE_MISTAKES = {
    "no topic": ('topic = "test"\n', "", "channel[0].topic: expected a value, found ''"),
    "a uuid": (
        'topic = "test"',
        'topic = "test"\nuuid = "2a37"',
        "channel[0].uuid: expected none with source mqtt, found '00002a37-0000-1000-8000-00805f9b34fb'",
    ),
    "a service": (
        'topic = "test"',
        'topic = "test"\nservice = "180d"',
        "channel[0].service: expected none with source mqtt, found '0000180d-",
    ),
    "another mode": (
        '"message"',
        '"notify"',
        "channel[0].mode: expected message with source mqtt, and with no other, found 'notify' with mqtt",
    ),
    "another source": (
        'source = "mqtt"',
        'source = "ble"\nmatch.name_prefix = "T"',
        "channel[0].mode: expected message with source mqtt, and with no other, found 'message' with ble",
    ),
    "another codec": (
        '"sensor-logger"',
        '"heart-rate"',
        "channel[0].mode: expected message with one of sensor-logger, phyphox, found 'message' with heart-rate",
    ),
    "a layout": (
        'topic = "test"',
        'topic = "test"\nlayout = "<h"',
        (
            "channel[0].layout: expected a layout with one of packed, table, sensor-logger-export, "
            "and with no other, found '<h'"
        ),
    ),
    "a value": (
        'topic = "test"',
        'topic = "test"\nvalue = "00"',
        "channel[0].value: expected what is written with codec setting, and with no other, found '00'",
    ),
    "no sensor": (
        'sensor = "battery"\n',
        "",
        "stream[1].sensor: expected a name with one of sensor-logger, phyphox, and with no other, found ''",
    ),
    "no axes": ('axes = ["batteryLevel"]\n', "", "stream[1].axes: expected 1 names, as many as columns, found 0"),
    "an axis too few": ('["x", "-y"]', '["x"]', "stream[0].axes: expected 2 names, as many as columns, found 1"),
    "an axis too many": ('["batteryLevel"]', '["a", "b"]', "stream[1].axes: expected 1 names, as many as columns"),
    "an axis that is none": (
        '["batteryLevel"]',
        '["--a"]',
        "stream[1].axes[0]: expected the name of a value, with a minus to turn it round, found '--a'",
    ),
    "scale 0": ("scale = 2", "scale = 0", "stream[0].scale: expected a finite number other than 0, found 0.0"),
    "scale inf": ("scale = 2", "scale = inf", "stream[0].scale: expected a finite number other than 0, found inf"),
    "scale nan": ("scale = 2", "scale = nan", "stream[0].scale: expected a finite number other than 0, found nan"),
    "a range reversed": (
        "scale = 2",
        "range = [1, -1]",
        "stream[0].range: expected two finite numbers, the lower first, found [1.0, -1.0]",
    ),
    "a command": (
        "scale = 2",
        'start = "0200"\nstop = "0300"',
        "stream[0]: expected a channel of codec pmd-control to write commands to, found none",
    ),
    "an older newest": ("device_ns = 7", "device_ns = 5", "example[0].device_ns: expected 5, found 7"),
    "nothing skipped": (
        'skipped = { "location: not named in the profile" = 1 }',
        "",
        "example[0].skipped: expected {}, found {'location: not named in the profile': 1}",
    ),
    "more skipped": ('profile" = 1', 'profile" = 2', "example[0].skipped: expected {'location: not named in the"),
    "both payloads": (
        "device_ns = 7",
        'payload = "00"',
        "example[0]: expected a payload in hexadecimal or one in json, found both",
    ),
    "no payload": ("json =", "text =", "example[0]: expected a payload in hexadecimal or one in json, found neither"),
}

IMU_MISTAKES = {
    "no uuid": ('uuid = "2a37"\n', "", "channel[0].uuid: expected a value, found ''"),
    "no service": ('service = "180d"\n', "", "channel[0].service: expected a value, found ''"),
    "a topic": ("layout =", 'topic = "t"\nlayout =', "channel[0].topic: expected none with source ble, found 't'"),
    "no layout": (
        'layout = "<hhh"\n',
        "",
        (
            "channel[0].layout: expected a layout with one of packed, table, sensor-logger-export, "
            "and with no other, found ''"
        ),
    ),
    "a layout of this machine": (
        "<hhh",
        "hhh",
        "channel[0].layout: expected < or > and numbers of a fixed size, of bBhHiIlLqQefd, as struct reads them",
    ),
    "a layout of text": ("<hhh", "<3s", "channel[0].layout: expected < or > and numbers of a fixed size"),
    "a layout of nothing": ("<hhh", "<x", "channel[0].layout: expected < or > and numbers of a fixed size"),
    "no value": (
        'value = "1400"\n',
        "",
        "channel[1].value: expected what is written with codec setting, and with no other, found None",
    ),
    "a setting that is read": (
        '"write"',
        '"read"',
        "channel[1].mode: expected write with codec setting, and with no other, found 'read' with setting",
    ),
    "another codec that is written": (
        '"notify"',
        '"write"',
        "channel[0].mode: expected write with codec setting, and with no other, found 'write' with packed",
    ),
    "a message codec": (
        '"packed"\nlayout = "<hhh"',
        '"phyphox"',
        "channel[0].mode: expected message with one of sensor-logger, phyphox, found 'notify' with phyphox",
    ),
    "a stream of a setting": (
        'channel = "data"\nunit',
        'channel = "period"\nunit',
        "stream[0].id: expected what codec setting carries: nothing, found 'acc'",
    ),
    "a place beyond the layout": ("-2", "-3", "stream[0].axes[0]: expected a place in the layout, 0 to 2, found '-3'"),
    "a name for a place": ("-2", "x", "stream[0].axes[0]: expected a place in the layout, 0 to 2, found 'x'"),
    "a sensor": (
        "scale = 0.5",
        'sensor = "a"',
        "stream[0].sensor: expected a name with one of sensor-logger, phyphox, and with no other, found 'a'",
    ),
    "another scale": ("scale = 0.5", "scale = 1", "example[0].expect.acc: expected [[-2.0, 0.5]], found [[-4.0, 1.0]]"),
}


@pytest.mark.parametrize(("old", "new", "complaint"), PHONE_MISTAKES.values(), ids=PHONE_MISTAKES)
def test_a_mistake_about_a_phone_is_named(old: str, new: str, complaint: str) -> None:
    assert old in PHONE
    with pytest.raises(ProfileError) as caught:
        parse_profile(PHONE.replace(old, new, 1), "test.toml")
    assert str(caught.value).startswith(f"test.toml: {complaint}")


@pytest.mark.parametrize(("old", "new", "complaint"), IMU_MISTAKES.values(), ids=IMU_MISTAKES)
def test_a_mistake_about_an_imu_is_named(old: str, new: str, complaint: str) -> None:
    assert old in IMU
    with pytest.raises(ProfileError) as caught:
        parse_profile(IMU.replace(old, new, 1), "test.toml")
    assert str(caught.value).startswith(f"test.toml: {complaint}")


@pytest.mark.parametrize("table", ["channel", "stream"])
def test_a_profile_without_any_is_none(table: str) -> None:
    text = "".join(part for part in PHONE.partition("[[channel]]")[:1])
    if table == "stream":
        text = PHONE.partition("[[stream]]")[0]
    with pytest.raises(ProfileError, match=f"test.toml: {table}: expected at least one, found none"):
        parse_profile(text, "test.toml")


def test_what_makes_a_stream_of_a_codec_with_its_own_grammar_is_not_for_the_profile() -> None:
    for key, complaint in (
        ("scale = 2", "stream[0].scale: expected 1 with codec heart-rate, found 2.0"),
        ('axes = ["x"]', "stream[0].axes: expected 0 names, as many as columns, found 1"),
        ('sensor = "x"', "stream[0].sensor: expected a name with one of sensor-logger, phyphox, and with no other"),
    ):
        with pytest.raises(ProfileError) as caught:
            parse_profile(WHOLE.replace("range = [20, 300]", key, 1), "test.toml")
        assert str(caught.value).startswith(f"test.toml: {complaint}")


@pytest.mark.parametrize("new", ['"poll\\nnotify"', '"""\npoll\nnotify"""', '"poll'])
def test_a_complaint_is_one_line(new: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(WHOLE.replace('"notify"', new, 1), "test.toml")
    assert len(str(caught.value).splitlines()) == 1
