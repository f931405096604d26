"""Servers that the mail connector talks to: a real SMTP server, and scripted misbehaviour."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOGIN, PASSWORD = "hub@romashka.example", "correct horse"


class Recorder:
    """An SMTP handler that keeps what it took and refuses what its tables name."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refuse: dict[str, str] = {}
        self.verdict = "250 OK"
        self.cut_at = ""

    async def handle_MAIL(
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.cut_at == "MAIL":
            server.transport.abort()
        if address in self.refuse:
            return self.refuse[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.verdict.startswith("250"):
            self.taken.append(envelope)
        if self.cut_at == "DATA":
            server.transport.abort()
        return self.verdict


def authenticate(
    server: Any, session: Any, envelope: Any, mechanism: str, data: object
) -> AuthResult:
    """Accept the one account that there is."""
    good = (
        isinstance(data, LoginPassword)
        and data.login.decode() == LOGIN
        and data.password.decode() == PASSWORD
    )
    return AuthResult(success=good, handled=False)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def serve(recorder: Recorder) -> Iterator[Callable[..., int]]:
    """Start a real SMTP server with the given options; returns its port."""
    running = []

    def start(**options: Any) -> int:
        controller = Controller(recorder, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return int(controller.port)

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def scripted() -> Iterator[Callable[..., int]]:
    """Start a server that plays a script over one connection; returns its port.

    A script that returns something true is played on over TLS, if there is a context for `later`.
    """
    listeners, threads = [], []

    def start(
        script: Callable[[Any], object],
        tls: ssl.SSLContext | None = None,
        later: ssl.SSLContext | None = None,
    ) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            with contextlib.suppress(OSError):
                connection, _peer = listener.accept()
                connection = tls.wrap_socket(connection, server_side=True) if tls else connection
                with connection, connection.makefile("rwb", buffering=0) as stream:
                    upgrade = script(stream)
                    if upgrade and later:
                        with (
                            later.wrap_socket(connection, server_side=True) as encrypted,
                            encrypted.makefile("rwb", buffering=0) as inner,
                        ):
                            script(inner)

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(5)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(host, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
