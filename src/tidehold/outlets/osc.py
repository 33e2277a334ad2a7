"""Open Sound Control 1.0 over UDP, for music and visuals made of a session.

Only the types that every receiver knows: int32, float32, text.
`/tidehold/<source>/<stream>`: one sample, as whole seconds of the session (int), the rest of its time (s), its values;
`/tidehold/figure/<key>`: value and confidence, four times a second; where it is not known, `/tidehold/unknown/<key>`
with the reason; `/tidehold/cue`: kind and text; `/tidehold/finding`: kind, text, and 1 as it begins or 0 as it is over.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any, Final

from tidehold.outlets.contract import FIGURES, OutletError, figure_of
from tidehold.records import Cue, Estimate, Output, Sample, Snapshot
from tidehold.routine import Finding
from tidehold.units import NS

ROOT: Final = "/tidehold"
PACKET_BYTES: Final = 1400
"""Of a bundle, if it has more than one message: networks carry 1,500 bytes whole, with headers of IP and UDP."""
_BUNDLE_BYTES: Final = 16
_EACH_BYTES: Final = 4
"""What a bundle, and each message in it, has besides."""


class Osc:
    """Sends everything to one receiver.

    Args:
        host: Where the receiver listens.
        port: UDP port.
    """

    name = "OSC"

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._client: Any = None

    def open(self) -> None:
        """Find the receiver's address."""
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder, udp_client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise OutletError(f"OSC cannot be used ({error}): pip install 'tidehold[osc]'") from None
        try:
            # a name would be asked for with each packet
            address = str(socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0][4][0])
            self._client = udp_client.UDPClient(address, self._port)
        except OSError as error:
            raise OutletError(f"{self._host}:{self._port} cannot be found: {error.strerror or error}") from None
        self._bundle = osc_bundle_builder.OscBundleBuilder
        self._at_once = osc_bundle_builder.IMMEDIATELY
        self._message = osc_message_builder.OscMessageBuilder

    def send(self, out: Output) -> None:
        """Send samples in bundles, figures, cues and findings. Nobody may be listening: that is no failure."""
        if isinstance(out, Sample):
            rows = out.values.reshape(len(out.times), -1).tolist()
            times = ((t // NS, t % NS / NS) for t in out.times.tolist())
            said = [self._of(out.stream, *time, *row) for time, row in zip(times, rows, strict=True)]
            self._send(said)
        elif isinstance(out, Snapshot):
            found = [(figure.key, figure_of(out, figure)) for figure in FIGURES]
            self._send([self._figure(key, each) for key, each in found if each is not None])
        elif isinstance(out, Cue):
            self._send([self._of("cue", out.kind, out.text)])
        elif isinstance(out, Finding):
            self._send([self._of("finding", out.kind, out.text, int(out.until is None))])

    def close(self) -> None:
        """Let go of the socket."""
        if self._client is not None:
            self._client.close()

    def _figure(self, key: str, said: Estimate) -> Any:
        if said.value is None:
            return self._of(f"unknown/{key}", said.why)
        return self._of(f"figure/{key}", float(said.value), float(said.quality))  # a whole number would be an int32

    def _of(self, place: str, *values: float | str) -> Any:
        message = self._message(address=f"{ROOT}/{place}")
        for value in values:
            message.add_arg(value)
        return message.build()

    def _send(self, messages: list[Any]) -> None:
        bundle, size = self._bundle(self._at_once), _BUNDLE_BYTES
        for message in messages:
            more = _EACH_BYTES + message.size
            if size > _BUNDLE_BYTES and size + more > PACKET_BYTES:
                self._pass_on(bundle)
                bundle, size = self._bundle(self._at_once), _BUNDLE_BYTES
            bundle.add_content(message)
            size += more
        if size > _BUNDLE_BYTES:
            self._pass_on(bundle)

    def _pass_on(self, bundle: Any) -> None:
        with contextlib.suppress(OSError):  # nobody listens, or the network is away: UDP has no better answer
            self._client.send(bundle.build())
