"""A real Mosquitto on a free port, with accounts, and with TLS and memory if asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Self

import pytest

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin"
USER, PASSWORD = "recorder", "a long word"


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"not run: {name} missing")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def make_certificate(folder: Path, name: str = "authority") -> Path:
    """A self-signed certificate for localhost, with its key beside it."""
    x509 = pytest.importorskip("cryptography.x509", reason="not run: cryptography missing")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # not everybody has it
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  # a certificate is about wall-clock time
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.crt"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    file.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


class Mosquitto:
    """A broker process, as a context."""

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        self._program = _program("mosquitto")
        self.port = free_port()
        passwords = folder / "passwords"
        subprocess.run([_program("mosquitto_passwd"), "-b", "-c", passwords, USER, PASSWORD], check=True)
        passwords.chmod(0o644)
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous false",
            f"password_file {passwords}",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "user root",
        ]
        if certificate is not None:
            lines += [f"certfile {certificate}", f"keyfile {certificate.with_suffix('.key')}"]
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text("\n".join(lines) + "\n")
        self._log = folder / "mosquitto.log"

    async def start(self) -> None:
        with self._log.open("ab") as log:
            words = [self._program, "-c", str(self._configuration)]
            self._process = subprocess.Popen(words, stdout=log, stderr=log)  # noqa: ASYNC220  # a millisecond
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    assert self._process.poll() is None, self._log.read_text()
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return

    async def kill(self) -> None:
        """SIGKILL: nothing is written or said any more."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    async def stop(self) -> None:
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.poll() is None:
            await self.kill()
