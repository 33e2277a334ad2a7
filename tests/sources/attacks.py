"""Attacks on a broker, from another process: python attacks.py NAME PORT. Standard library only.

Each plays its part for a second or two, whatever the broker does about it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time
from collections.abc import Callable

FROM = "127.0.0.2"
"""An address of its own, as an attacker in the same network has."""
USER, PASSWORD, TOPIC = "guest", "guest's own", "sensor-logger"
SECONDS = 1.0


def field(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def packet(head: int, body: bytes, length: int | None = None) -> bytes:
    rest, digits = len(body) if length is None else length, bytearray()
    while True:
        rest, digit = divmod(rest, 128)
        digits.append(digit | (0x80 if rest else 0))
        if not rest:
            return bytes([head]) + bytes(digits) + body


def connect(user: str = USER, password: str = PASSWORD, client: str = "guest", keep_alive: int = 60) -> bytes:
    login = field(client.encode()) + field(user.encode()) + field(password.encode())
    return packet(0x10, b"\0\4MQTT\4\xc2" + struct.pack(">H", keep_alive) + login)


def publish(topic: bytes, payload: bytes, number: int = 0) -> bytes:
    return packet(0x32 if number else 0x30, field(topic) + (struct.pack(">H", number) if number else b"") + payload)


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(FROM, 0))


def log_in(port: int, client: str = "guest") -> socket.socket:
    line = dial(port)
    line.sendall(connect(client=client))
    assert line.recv(4) == b"\x20\x02\0\0"
    return line


def watch_end(line: socket.socket) -> None:
    """Read until the other side ends it, or the time is over."""
    line.settimeout(SECONDS)
    with contextlib.suppress(OSError):
        while line.recv(65536):
            pass
    line.close()


def say(port: int, *parts: bytes) -> None:
    line = dial(port)
    with contextlib.suppress(OSError):
        for part in parts:
            line.sendall(part)
    watch_end(line)


def send_megabytes(line: socket.socket) -> None:
    line.settimeout(SECONDS)
    with contextlib.suppress(OSError):
        for _ in range(100):
            line.sendall(b"x" * 1_000_000)
    watch_end(line)


def huge_connect(port: int) -> None:
    line = dial(port)
    line.sendall(packet(0x10, b"\0\4MQTT\4\xc2", 100_000_000))
    send_megabytes(line)


def huge_publish(port: int) -> None:
    line = log_in(port)
    line.sendall(packet(0x30, field(TOPIC.encode()), 100_000_000))
    send_megabytes(line)


def wrong_password(port: int) -> None:
    for number in range(20):
        say(port, connect(password=f"guess {number}"))
        time.sleep(0.1)


def unknown_user(port: int) -> None:
    say(port, connect(user="root"))


def anonymous(port: int) -> None:
    say(port, packet(0x10, b"\0\4MQTT\4\2\0\x3c" + field(b"nobody")))


def foreign_topic(port: int) -> None:
    line = log_in(port)
    line.sendall(publish(b"somebody/else", b"{}", 1))
    watch_end(line)


def wildcard(port: int) -> None:
    line = log_in(port)
    line.sendall(packet(0x82, b"\0\1" + field(b"#") + b"\0"))
    assert line.recv(5) == bytes.fromhex("9003000180")
    watch_end(line)


def take_over(port: int) -> None:
    """The client id of the recorder is the last word of the command line."""
    line = log_in(port, sys.argv[3])
    watch_end(line)


def mqtt_5(port: int) -> None:
    say(port, packet(0x10, b"\0\4MQTT\5\xc2\0\x3c\0" + field(b"g") + field(USER.encode()) + field(PASSWORD.encode())))


def http(port: int) -> None:
    say(port, b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n")


def tls(port: int) -> None:
    say(port, bytes.fromhex("16030100c8010000c40303") + bytes(193))


def garbage(port: int) -> None:
    say(port, bytes(range(255, 0, -1)) * 100)


def silent(port: int) -> None:
    say(port)


def slow_loris(port: int) -> None:
    line = dial(port)
    end = time.monotonic() + SECONDS
    with contextlib.suppress(OSError):
        for byte in connect():
            if time.monotonic() > end:
                break
            line.sendall(bytes([byte]))
            time.sleep(0.1)
    watch_end(line)


def many(port: int) -> None:
    lines = []
    for _ in range(100):
        with contextlib.suppress(OSError):
            lines.append(dial(port))
    time.sleep(SECONDS)
    for line in lines:
        line.close()


def flood(port: int) -> None:
    """As fast as it goes, which is more than 5000 a second."""
    line = log_in(port)
    line.settimeout(0.1)
    one = publish(TOPIC.encode(), b'{"messageId":1,"sessionId":"flood","payload":[]}')
    end = time.monotonic() + 2 * SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            line.sendall(one * 100)
    line.close()


def bombs(port: int) -> None:
    line = log_in(port)
    for payload in (b"[" * 200_000, b'{"payload":' * 20_000, b'{"payload":[' + b"[" * 200_000, b'"' + b"\\" * 200_000):
        line.sendall(publish(TOPIC.encode(), payload, 1))
    watch_end(line)


def nul_topic(port: int) -> None:
    line = log_in(port)
    line.sendall(publish(b"sensor\0logger", b"{}"))
    watch_end(line)


def bad_utf8(port: int) -> None:
    line = log_in(port)
    line.sendall(publish(b"sensor\xff\xfelogger", b"{}"))
    watch_end(line)


def five_byte_length(port: int) -> None:
    line = log_in(port)
    line.sendall(b"\x30\xff\xff\xff\xff\x7f")
    watch_end(line)


def deaf_and_dumb(port: int) -> None:
    """Logged in, asks for a thousand answers and reads none."""
    line = log_in(port)
    line.settimeout(SECONDS)
    with contextlib.suppress(OSError):
        for _ in range(1000):
            line.sendall(b"\xc0\0" * 100)
    line.close()


ATTACKS: dict[str, Callable[[int], None]] = {
    each.__name__: each
    for each in (
        huge_connect,
        huge_publish,
        wrong_password,
        unknown_user,
        anonymous,
        foreign_topic,
        wildcard,
        take_over,
        mqtt_5,
        http,
        tls,
        garbage,
        silent,
        slow_loris,
        many,
        flood,
        bombs,
        nul_topic,
        bad_utf8,
        five_byte_length,
        deaf_and_dumb,
    )
}

if __name__ == "__main__":
    ATTACKS[sys.argv[1]](int(sys.argv[2]))
