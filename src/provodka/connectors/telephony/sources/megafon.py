"""MegaFon's virtual PBX (and others on its platform): history in JSON, and CRM notifications.

`GET {host}/crmapi/v1/history/json?start,end` with the header `X-API-KEY`; times are UTC, written
`20260131T090000Z`. `POST {host}/crmapi/v1/makecall` places a call. Notifications are forms with
`cmd` and the shared `crm_token`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.telephony.dialing import Wanted, not_dialled, plain_digits
from provodka.connectors.telephony.events import (
    OK_JSON,
    compared,
    event_key,
    fields,
    misunderstood,
)
from provodka.connectors.telephony.legs import Direction, Leg
from provodka.connectors.telephony.options import LineOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row, aware
from provodka.connectors.telephony.served import Asked, Served
from provodka.connectors.telephony.source import HookAnswer, HookRequest, LiveCall, Verdict
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import _, marked

__all__ = ["PBX", "Megafon", "MegafonHook", "MegafonOptions"]

STAMP = "%Y%m%dT%H%M%SZ"
DISPOSITIONS: Final = {
    "success": "ANSWERED",
    "missed": "NO ANSWER",
    "cancel": "NO ANSWER",
    "busy": "BUSY",
}
STATES: Final = {
    "INCOMING": "ringing",
    "OUTGOING": "ringing",
    "ACCEPTED": "answered",
    "TRANSFERRED": "answered",
    "COMPLETED": "ended",
    "CANCELLED": "ended",
}


class MegafonOptions(LineOptions):
    """A virtual PBX with the address `https://vats….megapbx.ru`."""

    has_usual_address = False

    token_env: str = Field(description=marked("Переменная с ключом API"))


class Megafon(Served):
    """History by weeks; every row is a whole call."""

    options: MegafonOptions

    report = "history"
    longest = timedelta(days=7)

    def headers(self) -> dict[str, str]:
        """The key goes with every request."""
        return {"X-API-KEY": self.secrets["token"]}

    def ask(self, window: Window) -> Asked:
        """All calls of the window."""
        span = {"start": window.start, "end": window.end}
        query = {name: f"{moment.astimezone(UTC):{STAMP}}" for name, moment in span.items()}
        rows = self.asking.json("GET", "crmapi/v1/history/json", query=query)
        if not isinstance(rows, list):
            raise self.asking.senseless(_("вместо списка звонков другой JSON"))
        return rows, None

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ring the employee, then the number; returns the call's id."""
        wish = {"phone": plain_digits(wanted.number), "user": wanted.extension}
        if self.options.line:
            wish["clid"] = plain_digits(self.options.line)
        told = self.asking.order(
            "POST",
            "crmapi/v1/makecall",
            content=json.dumps(wish).encode(),
            headers={"Content-Type": "application/json"},
            before=before,
        )
        if not told.get("callid"):
            raise not_dialled(self.asking.where, told)
        return str(told["callid"])

    def legs(self, told: Any) -> Iterator[Leg]:
        """The whole call of a row."""
        row = Row(told, ZoneInfo("UTC"))
        yield whole(row, row.key("uid"), row.text("client"), row.text("record"))


def whole(row: Row, key: str, client: str, recording: str) -> Leg:
    """The whole call; history and notifications name most of it alike."""
    start = stamp(row.key("start"))
    wait, length = row.seconds("wait"), row.seconds("duration")
    status = row.text("status").lower()
    talk = length if status == "success" else 0
    direction: Direction = "out" if row.text("type").lower() == "out" else "in"
    incoming = direction == "in"
    office = row.text("ext")
    return Leg(
        uniqueid=key,
        linkedid=key,
        sequence="whole",
        start=start,
        end=start + timedelta(seconds=wait + length),
        duration=wait + length,
        disposition=DISPOSITIONS.get(status, "FAILED"),
        src=client if incoming else office,
        dst=row.text("diversion") if incoming else client,
        did=row.text("diversion") if incoming else "",
        direction=direction,
        rang="person",
        extension=office,
        operator=row.text("user_name") or row.text("user"),
        queue=row.text("group_name"),
        wait=wait,
        talk=talk,
        recording=recording,
        whole=True,
    )


def stamp(text: str) -> datetime:
    """A time of this platform: `20260131T090000Z`, or ISO."""
    try:
        return aware(datetime.fromisoformat(text), ZoneInfo("UTC"))
    except ValueError:
        told = _("поле start: «{text}», ожидалась дата вида 20260131T090000Z")
        raise NotACallRecord(told.format(text=text[:40])) from None


class MegafonHook:
    """`cmd=event` while a call happens, `cmd=history` when it is over."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """By the field `crm_token`."""
        return compared(fields(request).get("crm_token", ""), secret)

    def identity(self, request: HookRequest) -> str:
        """The call, the command, and all that it says."""
        told = fields(request)
        return event_key(request, told.get("callid", ""), told.get("cmd", ""))

    def answer(self, request: HookRequest) -> HookAnswer:
        """An empty object; for `cmd=contact` it means that nobody is known by this number."""
        del request
        return OK_JSON

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """A call that rings, is answered or is over, or the whole call."""
        row = Row(fields(request), zone)
        try:
            if row.text("cmd") == "history":
                return [whole(row, row.key("callid"), row.text("phone"), row.text("link"))]
            return _live(row) if row.text("cmd") == "event" else []
        except NotACallRecord as error:
            raise misunderstood("megafon", str(error)) from None


def _live(row: Row) -> Sequence[LiveCall]:
    state = STATES.get(row.text("type"))
    if state is None:
        return []
    out = row.text("direction") == "out" or row.text("type") == "OUTGOING"
    call = LiveCall(
        source_call_key=row.key("callid"),
        state=state,  # type: ignore[arg-type]
        direction="out" if out else "in",
        client_number=row.text("phone"),
        did=row.text("diversion"),
        extension=row.text("ext"),
    )
    return [call]


PBX = Pbx("megafon", MegafonOptions, Megafon, MegafonHook())
