"""Zadarma: statistics of the PBX, and the webhooks NOTIFY_START … NOTIFY_OUT_END.

Zadarma API v1 (zadarma.com/ru/support/api): a request is signed by base64 of the hexadecimal
HMAC-SHA1 of path, query and the query's MD5; a webhook by that of three of its fields.
Statistics: at most a month and 1000 rows at once, three questions a minute.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.telephony.dialing import Wanted, not_dialled, plain_digits
from provodka.connectors.telephony.events import compared, event_key, fields, misunderstood
from provodka.connectors.telephony.legs import Direction, Leg
from provodka.connectors.telephony.options import ServedOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row
from provodka.connectors.telephony.served import Asked, Served
from provodka.connectors.telephony.source import (
    HookAnswer,
    HookRequest,
    LiveCall,
    Verdict,
)
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import marked

__all__ = ["PBX", "Zadarma", "ZadarmaHook", "ZadarmaOptions"]

STATISTICS, RECORDING = "/v1/statistics/pbx/", "/v1/pbx/record/request/"
CALLBACK = "/v1/request/callback/"
ROWS = 1000
ECHO = 64
DISPOSITIONS: Final = {
    "answered": "ANSWERED",
    "busy": "BUSY",
    "cancel": "NO ANSWER",
    "no answer": "NO ANSWER",
}
INCOMING = ("caller_id", "called_did", "call_start")
OUTGOING = ("internal", "destination", "call_start")
SIGNED: Final = {
    "NOTIFY_START": INCOMING,
    "NOTIFY_INTERNAL": INCOMING,
    "NOTIFY_IVR": INCOMING,
    "NOTIFY_END": INCOMING,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": OUTGOING,
    "NOTIFY_OUT_END": OUTGOING,
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
STATES: Final = {
    "NOTIFY_START": "ringing",
    "NOTIFY_INTERNAL": "ringing",
    "NOTIFY_ANSWER": "answered",
    "NOTIFY_OUT_START": "ringing",
}
ENDS = frozenset({"NOTIFY_END", "NOTIFY_OUT_END"})


class ZadarmaOptions(ServedOptions):
    """A PBX of Zadarma."""

    dials = True

    key_env: str = Field(description=marked("Переменная с ключом API"))
    secret_env: str = Field(description=marked("Переменная с секретом API"))


def signed(text: str, secret: str) -> str:
    """Zadarma's signature of a text."""
    hexadecimal = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return b64encode(hexadecimal.encode()).decode()


class Zadarma(Served):
    """Statistics by spans of at most a month, a thousand rows a page."""

    usual = "https://api.zadarma.com"
    report = "statistics/pbx"
    longest = timedelta(days=30)
    pause = timedelta(minutes=5)

    def ask(self, window: Window) -> Asked:
        """A page of legs; goes on at the number of rows that it has."""
        asked = {
            "start": self.local(window.start),
            "end": self.local(window.end),
            "version": "2",
            "skip": str(window.at),
            "limit": str(ROWS),
        }
        told = self._signed(STATISTICS, asked)
        rows = told.get("stats")
        if not isinstance(rows, list):
            raise self.asking.refused(str(told.get("message", "")) or self.report)
        return rows, int(window.at) + len(rows) if len(rows) >= ROWS else None

    def recording_link(self, name: str) -> tuple[str, datetime | None]:
        """A link to a recording by the id of its call, alive for an hour."""
        told = self._signed(RECORDING, {"call_id": name, "lifetime": "3600"})
        link = told.get("link")
        if not isinstance(link, str):
            raise self.asking.refused(str(told.get("message", "")) or "record/request")
        row = Row(told, self.options.zoneinfo)
        return link, row.moment("lifetime_till") if row.text("lifetime_till") else None

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ring the employee, then the number; Zadarma does not tell the call's key."""
        query = urlencode(
            sorted({"from": wanted.extension, "to": plain_digits(wanted.number)}.items())
        )
        told = self.asking.order(
            "GET", CALLBACK, query=query, headers=self._signature(CALLBACK, query), before=before
        )
        if told.get("status") != "success":
            raise not_dialled(self.asking.where, told)
        return ""

    def _signed(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        query = urlencode(sorted(asked.items()))
        answer = self.asking.json("GET", path, query=query, headers=self._signature(path, query))
        return answer if isinstance(answer, Mapping) else {}

    def _signature(self, path: str, query: str) -> dict[str, str]:
        md5 = hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
        signature = signed(f"{path}{query}{md5}", self.secrets["secret"])
        return {"Authorization": f"{self.secrets['key']}:{signature}"}

    def legs(self, told: Any) -> Iterator[Leg]:
        """One leg a row."""
        row = Row(told, self.options.zoneinfo)
        key, start, seconds = row.key("call_id"), row.moment("callstart"), row.seconds("seconds")
        answered = row.text("disposition") == "answered"
        direction = _direction(row.text("pbx_call_id"))
        office = row.text("sip" if direction == "out" else "destination")
        extension = self.inside(office)
        yield Leg(
            uniqueid=key,
            linkedid=row.text("pbx_call_id") or key,
            sequence=office,
            start=start,
            end=start + timedelta(seconds=seconds),
            answer=start if answered else None,
            duration=seconds,
            billsec=seconds if answered else 0,
            disposition=DISPOSITIONS.get(row.text("disposition"), "FAILED"),
            src=row.text("clid"),
            dst=row.text("destination"),
            direction=direction,
            rang="person" if direction == "out" or extension else "menu",
            extension=extension,
            recording=key if row.true("is_recorded") else "",
        )


def _direction(pbx_call_id: str) -> Direction:
    return "out" if pbx_call_id.startswith("out_") else "in"


class ZadarmaHook:
    """Events of the PBX; `secret` is the API's. Answers the check of an address (`zd_echo`) too."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """By the header `Signature`; the check of an address has none and does nothing."""
        if _is_echo(request):
            return Verdict.OK
        told = fields(request)
        named = SIGNED.get(told.get("event", ""))
        if named is None:
            return Verdict.WRONG
        text = "".join(told.get(name, "") for name in named)
        return compared(request.headers.get("signature", ""), signed(text, secret))

    def identity(self, request: HookRequest) -> str:
        """The call, the event, and all that it says."""
        told = fields(request)
        return event_key(request, told.get("pbx_call_id", ""), told.get("event", ""))

    def answer(self, request: HookRequest) -> HookAnswer:
        """The echo that is asked for, else nothing."""
        echo = request.query.get("zd_echo", "") if _is_echo(request) else ""
        return 200, echo.encode(), "text/plain; charset=utf-8"

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """A call that rings, is answered or is over; its end brings the whole call."""
        told = fields(request)
        event = told.get("event", "")
        if event not in STATES and event not in ENDS:
            return []
        try:
            row = Row(told, zone)
            live = _live(row, event)
            return [live, _whole(row, live)] if event in ENDS else [live]
        except NotACallRecord as error:
            raise misunderstood("zadarma", str(error)) from None


def _is_echo(request: HookRequest) -> bool:
    echo = request.query.get("zd_echo", "")
    plain = request.method == "GET" and echo.isascii() and echo.isalnum() and len(echo) <= ECHO
    return plain and "event" not in request.query and not request.body


def _live(row: Row, event: str) -> LiveCall:
    out = event.startswith("NOTIFY_OUT")
    ended = event in ENDS
    length = timedelta(seconds=row.seconds("duration") if ended else 0)
    return LiveCall(
        source_call_key=row.key("pbx_call_id"),
        state=STATES.get(event, "ended"),  # type: ignore[arg-type]
        direction="out" if out else "in",
        client_number=row.text("destination" if out else "caller_id"),
        did=row.text("called_did") if not out else row.text("caller_id"),
        extension=row.text("internal") or row.text("last_internal"),
        at=row.moment("call_start") + length,
    )


def _whole(row: Row, live: LiveCall) -> Leg:
    """The whole call, as its last event tells it."""
    start, talk = row.moment("call_start"), row.seconds("duration")
    answered = row.text("disposition") == "answered"
    incoming = live.direction == "in"
    return Leg(
        uniqueid=live.source_call_key,
        linkedid=live.source_call_key,
        sequence="whole",
        start=start,
        end=start + timedelta(seconds=talk),
        duration=talk,
        disposition=DISPOSITIONS.get(row.text("disposition"), "FAILED"),
        src=live.client_number if incoming else live.extension,
        dst=live.did if incoming else live.client_number,
        did=live.did if incoming else "",
        direction=live.direction,
        rang="person",
        extension=live.extension,
        talk=talk if answered else 0,
        recording=row.text("call_id_with_rec") if row.true("is_recorded") else "",
        whole=True,
    )


PBX = Pbx("zadarma", ZadarmaOptions, Zadarma, ZadarmaHook())
