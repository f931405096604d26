"""The SMTP side: a letter is on disk before it is acknowledged."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from provodka.sandbox.faults import FaultBook
from provodka.sandbox.storage.letters import Letters

SENT = "Sent"
_HOST = "sandbox.example"


class _Handler:
    def __init__(self, letters: Letters, faults: FaultBook) -> None:
        self._letters = letters
        self._faults = faults

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or turn it away for good (550) or for now (451)."""
        if fault := self._faults.take("smtp_reject", "RCPT", address):
            return f"550 5.1.1 {fault.text or 'Mailbox unavailable'}"
        if fault := self._faults.take("smtp_defer", "RCPT", address):
            return f"451 4.3.0 {fault.text or 'Try again later'}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the letter in Sent, then say so, unless a fault swallows the answer."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        recipients = [str(address) for address in envelope.rcpt_tos]
        uid = self._letters.store(SENT, raw, envelope.mail_from or "", recipients, r"\Seen")
        if self._faults.take("smtp_drop_after", "DATA", ", ".join(recipients)):
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            raise ConnectionResetError
        return f"250 2.0.0 OK: queued as {uid}"


class SmtpServer:
    """Listens for letters; AUTH is offered but not demanded."""

    def __init__(self, letters: Letters, faults: FaultBook, credentials: tuple[str, str]) -> None:
        self._handler = _Handler(letters, faults)
        self._credentials = credentials
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._protocol(loop), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Close the address."""
        if self._server is not None:
            self._server.close()

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            self._handler,
            hostname=_HOST,
            ident="sandbox",
            loop=loop,
            auth_require_tls=False,
            authenticator=self._authenticate,
            data_size_limit=64 * 1024 * 1024,
            command_call_limit={"*": 10_000},
        )

    def _authenticate(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _mechanism: str,
        data: object,
    ) -> AuthResult:
        given = data if isinstance(data, LoginPassword) else LoginPassword(b"", b"")
        login, password = self._credentials
        right = (given.login, given.password) == (login.encode(), password.encode())
        return AuthResult(success=right, handled=right)
