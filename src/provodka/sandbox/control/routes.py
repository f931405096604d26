"""The control API: `/_sandbox/…`, JSON in and out, no authorisation (this machine only)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from zoneinfo import ZoneInfo

from provodka.sandbox.accountant.acts import Accountant
from provodka.sandbox.accountant.work import work
from provodka.sandbox.company.bulk import Bulk
from provodka.sandbox.control.base import BaseControl
from provodka.sandbox.faults import FaultBook
from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.onec.errors import ODataError
from provodka.sandbox.pbx.exchange import Exchange
from provodka.sandbox.soap.service import WebServices
from provodka.sandbox.storage.ledger import Ledger
from provodka.sandbox.storage.letters import FOLDERS, Letters, describe
from provodka.sandbox.switches import SwitchBoard

ROOT = "/_sandbox"
Body = dict[str, Any]
Action = Callable[[Body, dict[str, str]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the control API has its hands on."""

    faults: FaultBook
    switches: SwitchBoard
    ledger: Ledger
    letters: Letters
    accountant: Accountant
    bulk: Bulk | None
    exchange: Exchange | None
    base: BaseControl
    services: WebServices
    clock: Callable[[], str]
    zone: ZoneInfo
    about: Body


class Control:
    """Routes requests to the parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._actions: dict[tuple[str, str], Action] = {
            ("GET", "/"): self._about,
            ("GET", "/faults"): self._list_faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/switches"): self._list_switches,
            ("POST", "/switches"): self._change_switches,
            ("GET", "/ledger"): self._ledger,
            ("GET", "/mail"): self._mail,
            ("POST", "/mail/incoming"): self._incoming,
            ("POST", "/accountant/work"): self._work,
            ("POST", "/accountant/pay"): self._pay,
            ("POST", "/accountant/ship"): self._ship,
            ("POST", "/accountant/unpost"): self._unpost,
            ("POST", "/bulk"): self._bulk,
            ("POST", "/call"): self._call,
            ("POST", "/pbx/rotate"): self._rotate,
            ("POST", "/pbx/restart"): self._restart,
            ("POST", "/pbx/finish-line"): self._finish_line,
            **parts.base.actions(),
            **parts.services.actions(),
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one request under the root; a wrong wish is 422 with an explanation."""
        path = request.path.removeprefix(ROOT) or "/"
        action = self._actions.get((request.method, path))
        if action is None:
            return _json(404, {"error": f"no action {request.method} {path}"})
        try:
            body = json.loads(request.body or b"{}")
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            return _json(200, await action(body, request.query))
        except ODataError as error:
            return _json(422, {"error": error.text})
        except (ValueError, KeyError, TypeError) as error:
            return _json(422, {"error": str(error)})

    async def _about(self, _body: Body, _query: dict[str, str]) -> Any:
        return self._parts.about

    async def _list_faults(self, _body: Body, _query: dict[str, str]) -> Any:
        return {"faults": self._parts.faults.listed()}

    async def _add_fault(self, body: Body, _query: dict[str, str]) -> Any:
        return {"id": self._parts.faults.add(body).id}

    async def _clear_faults(self, _body: Body, _query: dict[str, str]) -> Any:
        self._parts.faults.clear()
        return {"faults": []}

    async def _list_switches(self, _body: Body, _query: dict[str, str]) -> Any:
        return self._parts.switches.listed()

    async def _change_switches(self, body: Body, _query: dict[str, str]) -> Any:
        return self._parts.switches.change(body)

    async def _ledger(self, _body: Body, query: dict[str, str]) -> Any:
        ledger = self._parts.ledger
        entries = ledger.entries(query.get("set", ""), int(query.get("since", 0)))
        return {"counts": ledger.counts(), "entries": entries}

    async def _mail(self, _body: Body, query: dict[str, str]) -> Any:
        found = self._parts.letters.listed(_folder(query), int(query.get("since", 0)))
        letters = [describe(letter) for letter in found]
        counts = Counter(letter["message_id"] for letter in letters)
        return {"letters": letters, "counts": dict(counts)}

    async def _incoming(self, body: Body, _query: dict[str, str]) -> Any:
        moment = datetime.fromisoformat(self._parts.clock()).replace(tzinfo=self._parts.zone)
        message = _compose(body, moment)
        sender, recipient = str(message["From"]), str(message["To"])
        raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        uid = self._parts.letters.store("INBOX", raw, sender, [recipient])
        return {"uid": uid, "message_id": str(message["Message-ID"])}

    async def _work(self, body: Body, _query: dict[str, str]) -> Any:
        today = str(body.get("date") or self._parts.clock())[:10]
        limit = body.get("limit")
        done = work(
            self._parts.accountant,
            str(body.get("mode", "full")),
            int(body.get("seed", 0)),
            today,
            None if limit is None else int(limit),
        )
        return {"done": [item.listed() for item in done]}

    async def _pay(self, body: Body, _query: dict[str, str]) -> Any:
        accountant = self._parts.accountant
        invoice = accountant.invoices.find(str(body["invoice"]))
        cash = bool(body.get("cash"))
        return accountant.pay(invoice, _share(body), _date(body), cash=cash).listed()

    async def _ship(self, body: Body, _query: dict[str, str]) -> Any:
        accountant = self._parts.accountant
        invoice = accountant.invoices.find(str(body["invoice"]))
        return accountant.ship(invoice, _share(body), _date(body)).listed()

    async def _unpost(self, body: Body, _query: dict[str, str]) -> Any:
        self._parts.accountant.unpost(str(body["document"]), str(body["ref"]))
        return {"unposted": body["ref"]}

    async def _bulk(self, body: Body, _query: dict[str, str]) -> Any:
        count, lines = int(body["invoices"]), int(body.get("lines", 3))
        today = datetime.fromisoformat(self._parts.clock())
        if self._parts.bulk is None:
            raise ValueError("only a base of the configuration bp30 has invoices to fill it with")
        for _ in self._parts.bulk.run(count, lines, today):
            await asyncio.sleep(0)
        return {"invoices": count}

    async def _call(self, body: Body, _query: dict[str, str]) -> Any:
        return self._exchange().call(body)

    async def _rotate(self, _body: Body, _query: dict[str, str]) -> Any:
        self._exchange().rotate()
        return {"path": str(self._exchange().path)}

    async def _restart(self, _body: Body, _query: dict[str, str]) -> Any:
        self._exchange().restart()
        return {}

    async def _finish_line(self, _body: Body, _query: dict[str, str]) -> Any:
        self._exchange().finish_line()
        return {}

    def _exchange(self) -> Exchange:
        if self._parts.exchange is None:
            raise ValueError("the sandbox was started without a telephone exchange")
        return self._parts.exchange


def _json(status: int, value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, "application/json;charset=utf-8")


def _folder(query: dict[str, str]) -> str:
    folder = query.get("folder", "Sent")
    if folder not in FOLDERS:
        raise ValueError(f"folder must be one of {', '.join(FOLDERS)}")
    return folder


def _share(body: Body) -> Decimal | None:
    if body.get("share") is None:
        return None
    try:
        share = Decimal(str(body["share"]))
    except InvalidOperation:
        raise ValueError("share must be a number") from None
    if not 0 < share <= 1:
        raise ValueError("share must be above 0 and at most 1")
    return share


def _date(body: Body) -> str:
    text = str(body.get("date") or "")
    if text:
        datetime.fromisoformat(text)
    return text


def _compose(body: Body, moment: datetime) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = str(body.get("message_id") or make_msgid(domain="client.example"))
    message["From"] = str(body["from"])
    message["To"] = str(body["to"])
    message["Subject"] = str(body.get("subject", ""))
    message["Date"] = format_datetime(moment)
    if body.get("in_reply_to"):
        message["In-Reply-To"] = message["References"] = str(body["in_reply_to"])
    message.set_content(str(body.get("text", "")))
    return message
