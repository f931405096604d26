"""Composition of one sandbox: the base, the mailbox, the exchange and the control API."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from provodka.sandbox.accountant.acts import Accountant
from provodka.sandbox.company.books import ORGANIZATION_INN, fill
from provodka.sandbox.company.bulk import Bulk
from provodka.sandbox.company.opening import open_books
from provodka.sandbox.control.base import BaseControl
from provodka.sandbox.control.routes import ROOT as CONTROL_ROOT
from provodka.sandbox.control.routes import Control, Parts
from provodka.sandbox.faults import FaultBook
from provodka.sandbox.httpd import HttpServer, Request, Response
from provodka.sandbox.mailbox.imap import ImapServer
from provodka.sandbox.mailbox.smtp import SmtpServer
from provodka.sandbox.onec.gate import ROOT as ONEC_ROOT
from provodka.sandbox.onec.gate import Gate
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.schema import load_schema
from provodka.sandbox.onec.service import Service
from provodka.sandbox.onec.writing import Writer
from provodka.sandbox.pbx.exchange import Exchange
from provodka.sandbox.settings import CONFIGURATION, HOST, Settings, remembered
from provodka.sandbox.soap.door import ROOT as SERVICES_ROOT
from provodka.sandbox.soap.service import WebServices
from provodka.sandbox.storage.database import Database
from provodka.sandbox.storage.ledger import Ledger
from provodka.sandbox.storage.letters import Letters
from provodka.sandbox.switches import TRADE_REGISTERS, SwitchBoard

Start = Callable[[str, int], Awaitable[int]]
IDENTITY_ROOT = "/identity"


class Sandbox:
    """Everything a hub talks to, in one process on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        settings.state.mkdir(parents=True, exist_ok=True)
        self._database = Database(settings.state / "sandbox.sqlite3")
        self._configuration = self._founded("configuration", settings.configuration)
        objects = Objects(self._database, load_schema(self._configuration), self._clock)
        seed = self._seed(objects)
        credentials = (settings.login, settings.password)
        ledger, letters = Ledger(self._database), Letters(self._database)
        self._faults, switches = FaultBook(seed), SwitchBoard(self._database, self._first())
        writer = Writer(objects, ledger, self._clock)
        self._service = Service(objects, writer, self._clock)
        self._gate = Gate(self._service, self._faults, switches, credentials)
        self._services = WebServices(self._gate, self._faults, objects, writer, ledger, self._clock)
        self._about: dict[str, Any] = {}
        log = settings.state / "asterisk" / "Master.csv"
        self._exchange = (
            Exchange(log, self._database, seed, self._clock, self._zone) if settings.pbx else None
        )
        self._control = Control(
            Parts(
                faults=self._faults,
                switches=switches,
                ledger=ledger,
                letters=letters,
                accountant=Accountant(objects, writer, self._clock),
                bulk=Bulk(objects, seed) if self._configuration == CONFIGURATION else None,
                exchange=self._exchange,
                base=BaseControl(objects, self._service, self._gate.load, switches),
                services=self._services,
                clock=self._clock,
                zone=self._zone,
                about=self._about,
            )
        )
        self._http = HttpServer(self._handle)
        mailbox = (settings.mail_login, settings.password)
        self._smtp = SmtpServer(letters, self._faults, mailbox)
        self._imap = ImapServer(letters, mailbox)
        self._pace: asyncio.Task[None] | None = None
        self._provider: Callable[[Request], Awaitable[Response]] | None = None

    def _founded(self, name: str, asked: str) -> str:
        """A base stays what it was founded as; those of the first release are all alike."""
        database = self._database
        if database.setting(name) is None:
            new = database.setting("seed") is None
            database.remember(name, asked if new else CONFIGURATION)
        return str(database.setting(name))

    def _first(self) -> dict[str, Any]:
        hidden = list(TRADE_REGISTERS) if self._configuration == CONFIGURATION else []
        return {"unpublished": hidden}

    def _seed(self, objects: Objects) -> int:
        """A company is founded once; a later start continues it whatever seed it is given."""
        known = self._database.setting("seed")
        if known is None:
            known = self._settings.seed
            with self._database.transaction():
                fill(objects, known)
                self._database.remember("seed", known)
        open_books(objects, int(known))
        return int(known)

    def _clock(self) -> str:
        now = datetime.now(self._zone)
        return now.replace(microsecond=0, tzinfo=None).isoformat()

    async def _handle(self, request: Request) -> Response:
        if request.path == ONEC_ROOT or request.path.startswith(ONEC_ROOT + "/"):
            return await self._gate(request)
        if request.path.startswith(SERVICES_ROOT + "/"):
            return await self._services.door(request)
        if request.path == CONTROL_ROOT or request.path.startswith(CONTROL_ROOT + "/"):
            return await self._control(request)
        if request.path.startswith(IDENTITY_ROOT + "/"):
            return await self._identity()(request)
        return Response(404, b"Not Found", "text/plain")

    def _identity(self) -> Callable[[Request], Awaitable[Response]]:
        """The identity provider, made when it is first asked: its key takes a while."""
        from provodka.sandbox.identity import IdentityProvider

        if self._provider is None:
            self._provider = IdentityProvider(str(self._about["identity_url"]))
        return self._provider

    async def start(self) -> dict[str, Any]:
        """Listen everywhere; returns, and writes to `sandbox.json`, where that is."""
        settings, known = self._settings, remembered(self._settings)
        onec_port = urlsplit(str(known.get("onec_url", ""))).port or 0
        onec = await _listen(self._http.start, settings.onec_port, onec_port)
        smtp = await _listen(self._smtp.start, settings.smtp_port, int(known.get("smtp_port", 0)))
        imap = await _listen(self._imap.start, settings.imap_port, int(known.get("imap_port", 0)))
        root = f"http://{HOST}:{onec}"
        self._service.base = f"{root}{ONEC_ROOT}/"
        self._about |= {
            "onec_url": self._service.base,
            "onec_services_url": self._services.listen(root),
            **self._services.about(),
            "configuration": self._configuration,
            "onec_login": settings.login,
            "onec_password": settings.password,
            "smtp_host": HOST,
            "smtp_port": smtp,
            "imap_host": HOST,
            "imap_port": imap,
            "mail_login": settings.mail_login,
            "mail_password": settings.password,
            "cdr_path": str(self._exchange.path.resolve()) if self._exchange else None,
            "control_url": f"{root}{CONTROL_ROOT}/",
            "identity_url": f"{root}{IDENTITY_ROOT}",
            "organization_inn": ORGANIZATION_INN,
            "timezone": settings.timezone,
            "pid": os.getpid(),
        }
        text = json.dumps(self._about, ensure_ascii=False)
        draft = settings.about_path.with_suffix(".tmp")
        draft.write_text(text, "utf-8")
        draft.replace(settings.about_path)
        if self._exchange is not None and settings.calls_per_minute > 0:
            self._pace = asyncio.create_task(self._ring(60 / settings.calls_per_minute))
        return self._about

    async def _ring(self, seconds: float) -> None:
        while self._exchange is not None:
            await asyncio.sleep(seconds)
            self._exchange.call({})

    async def stop(self) -> None:
        """Close all addresses and the database."""
        if self._pace is not None:
            self._pace.cancel()
        self._smtp.stop()
        self._services.stop()
        await self._http.stop()
        await self._imap.stop()
        self._database.close()


async def _listen(start: Start, asked: int, known: int) -> int:
    """The port that was asked for, else the one of the last run if it is free, else any."""
    if asked or not known:
        return await start(HOST, asked)
    try:
        return await start(HOST, known)
    except OSError:
        return await start(HOST, 0)
