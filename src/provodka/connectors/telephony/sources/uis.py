"""UIS, CoMagic and Novofon: reports over JSON-RPC, and notifications of a template of ours.

Data API 2.0 (JSON-RPC): `get.calls_report` has calls, `get.call_legs_report` who was rung. Times
are those of the account's zone without offset; at most three months at once, a page has a limit.
Call API 4.0 (JSON-RPC too, at an address of its own): `start.employee_call` places a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.telephony.asking import Asking
from provodka.connectors.telephony.dialing import Wanted, not_dialled, plain_digits
from provodka.connectors.telephony.events import (
    OK_JSON,
    compared,
    event_key,
    fields,
    misunderstood,
)
from provodka.connectors.telephony.json_rpc import HEADERS, complaint, inside, question
from provodka.connectors.telephony.legs import Direction, Leg
from provodka.connectors.telephony.options import LineOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row
from provodka.connectors.telephony.served import Asked, Served
from provodka.connectors.telephony.source import HookAnswer, HookRequest, LiveCall, Verdict
from provodka.connectors.telephony.twice import dated
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import _, marked

__all__ = ["PBX", "Uis", "UisHook", "UisOptions"]

ROWS = 500
MOST_EMPLOYEES = 10_000
CALL_FIELDS: Final = [
    "id",
    "start_time",
    "finish_time",
    "direction",
    "is_lost",
    "finish_reason",
    "wait_duration",
    "talk_duration",
    "total_duration",
    "contact_phone_number",
    "virtual_phone_number",
    "full_record_file_link",
]
LEG_FIELDS: Final = [
    "id",
    "call_session_id",
    "start_time",
    "connect_time",
    "duration",
    "total_duration",
    "is_operator",
    "employee_full_name",
    "called_phone_number",
]
DENIED = ("token", "auth", "login", "permission", "forbidden", "ip_not")
BUSY = ("limit", "too_many")
DIRECTIONS: Final[Mapping[str, Direction]] = {"in": "in", "out": "out"}
STATES: Final = {"ringing": "ringing", "answered": "answered", "ended": "ended"}


class UisOptions(LineOptions):
    """UIS, CoMagic (`https://dataapi.comagic.ru/v2.0`) or Novofon, told apart by the address."""

    token_env: str = Field(description=marked("Переменная с ключом Data API и Call API"))
    call_url: str | None = Field(
        None, description=marked("Адрес Call API; пусто — рядом с Data API того же поставщика")
    )

    @property
    def can_dial(self) -> bool:
        """Only with a number of the company that the call comes from, or through AMI."""
        return self.line is not None or self.ami is not None

    def call_address(self, usual: str) -> str:
        """Where the Call API is: ``callapi…/v4.0`` beside ``dataapi…/v2.0``."""
        beside = (self.url or usual).replace("//dataapi", "//callapi").replace("/v2.0", "/v4.0")
        return self.call_url or beside


class Uis(Served):
    """Calls page by page, each page with the legs of its calls."""

    options: UisOptions
    usual = "https://dataapi.uiscom.ru/v2.0"
    report = "calls_report"
    longest = timedelta(days=30)

    def ask(self, window: Window) -> Asked:
        """A page of calls and their legs; goes on at the number of calls that it has."""
        span = {"date_from": self.local(window.start), "date_till": self.local(window.end)}
        sort = [{"field": "start_time", "order": "asc"}]
        at = int(window.at)
        wish = {"fields": CALL_FIELDS, "offset": at, "limit": ROWS, "sort": sort}
        calls = self._called("get.calls_report", span | wish)
        zone = self.options.zoneinfo
        calls = dated(calls, "start_time", zone, order=_number)
        keys = [call["id"] for call in calls if isinstance(call, Mapping) and "id" in call]
        legs: Sequence[Any] = []
        if keys:
            named = {"field": "call_session_id", "operator": "in", "value": keys}
            wish = {"fields": LEG_FIELDS, "filter": named, "limit": ROWS * 20}
            sides = {call["id"]: call for call in calls if isinstance(call, Mapping)}
            found = self._called("get.call_legs_report", span | wish)
            found = dated(found, "start_time", zone, order=_number)
            legs = [_sided(leg, sides) for leg in found]
        return [*calls, *legs], at + len(calls) if len(calls) >= ROWS else None

    def legs(self, told: Any) -> Iterator[Leg]:
        """The whole call of a call's row, a telephone that rang of a leg's."""
        row = Row(told, self.options.zoneinfo)
        if "call_session_id" not in row.fields:
            yield whole(row)
        elif row.true("is_operator"):
            yield self._rung(row)

    def _rung(self, row: Row) -> Leg:
        start = row.moment("start_time")
        total, talked = row.seconds("total_duration"), row.seconds("duration")
        number = row.text("called_phone_number")
        direction = DIRECTIONS.get(row.text("direction"), "")
        client = row.text("contact_phone_number")
        return Leg(
            uniqueid=row.key("id"),
            linkedid=row.key("call_session_id"),
            sequence="leg",
            start=start,
            end=start + timedelta(seconds=total),
            answer=row.moment("connect_time", near=start) if row.text("connect_time") else None,
            duration=total,
            billsec=talked,
            disposition="ANSWERED" if talked else "NO ANSWER",
            src=client if direction == "in" else number,
            dst=number if direction == "in" else client,
            direction=direction,
            rang="person",
            extension=self.inside(number),
            operator=row.text("employee_full_name"),
        )

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ring the employee, then the number; returns the call session's id."""
        wish = {
            "first_call": "employee",
            "switch_at_once": True,
            "virtual_phone_number": plain_digits(self.options.line or ""),
            "contact": plain_digits(wanted.number),
            "external_id": wanted.marker,
            "employee": {"id": self._employee(wanted), "phone_number": wanted.extension},
        }
        asking = Asking(self.options, url=self.options.call_address(self.usual))
        try:
            content = self._question("start.employee_call", wish)
            told = asking.order("POST", "", content=content, headers=HEADERS, before=before)
        finally:
            asking.close()
        data = inside(told, "result", "data")
        if not data.get("call_session_id"):
            mnemonic, said = complaint(told.get("error"))
            denied = any(word in mnemonic for word in DENIED)
            raise asking.denied(said) if denied else not_dialled(asking.where, said)
        return str(data["call_session_id"])

    def _employee(self, wanted: Wanted) -> int:
        """The vendor's own key of whoever has the extension."""
        wish = {"fields": ["id", "extension", "phone_numbers"], "limit": MOST_EMPLOYEES}
        for one in self._called("get.employees", wish):
            row = one if isinstance(one, Mapping) else {}
            numbers = [row.get("extension") or {}, *(row.get("phone_numbers") or ())]
            if any(wanted.extension in number.values() for number in numbers):
                return int(row["id"])
        told = _("сотрудника с номером {extension} нет").format(extension=wanted.extension)
        raise not_dialled(self.asking.where, told)

    def _question(self, method: str, wish: Mapping[str, Any]) -> bytes:
        return question(method, {"access_token": self.secrets["token"], **wish})

    def _called(self, method: str, wish: Mapping[str, Any]) -> Sequence[Any]:
        content = self._question(method, wish)
        answer = self.asking.json("POST", "", content=content, headers=HEADERS)
        told = answer if isinstance(answer, Mapping) else {}
        if "error" in told:
            self._raise(told["error"])
        rows = (told.get("result") or {}).get("data")
        if not isinstance(rows, list):
            raise self.asking.senseless("result.data")
        return rows

    def _raise(self, error: Any) -> None:
        mnemonic, said = complaint(error)
        if any(word in mnemonic for word in BUSY):
            raise self.asking.busy()
        if any(word in mnemonic for word in DENIED):
            raise self.asking.denied(said)
        raise self.asking.refused(said)


def _number(row: Mapping[str, Any]) -> int:
    """The key of a call or leg, which rises with time."""
    key = str(row.get("id", ""))
    return int(key) if key.isdecimal() else 0


def _sided(leg: Any, calls: Mapping[Any, Mapping[str, Any]]) -> Any:
    """A leg with its call's direction and client: a leg's own direction is that of its SIP side."""
    call = calls.get(leg.get("call_session_id")) if isinstance(leg, Mapping) else None
    if call is None:
        return leg
    return {**leg, **{name: call.get(name) for name in ("direction", "contact_phone_number")}}


def whole(row: Row) -> Leg:
    """The whole call, by the names that the report and our template of notifications share."""
    start = row.moment("start_time")
    total = row.seconds("total_duration")
    end = start + timedelta(seconds=total)
    end = row.moment("finish_time", near=end) if row.text("finish_time") else end
    direction = DIRECTIONS.get(row.text("direction"), "")
    incoming = direction == "in"
    client, ours = row.text("contact_phone_number"), row.text("virtual_phone_number")
    talk = row.seconds("talk_duration")
    busy = "busy" in row.text("finish_reason")
    key = row.key("id")
    return Leg(
        uniqueid=key,
        linkedid=key,
        sequence="whole",
        start=start,
        end=end,
        duration=total,
        disposition="ANSWERED" if talk else "BUSY" if busy else "NO ANSWER",
        src=client if incoming else "",
        dst=ours if incoming else client,
        did=ours if incoming else "",
        direction=direction,
        rang="person",
        extension=row.text("extension_phone_number"),
        operator=row.text("employee_full_name"),
        wait=row.seconds("wait_duration"),
        talk=talk,
        recording=row.text("full_record_file_link"),
        whole=True,
    )


class UisHook:
    """Notifications by the template in `docs/telephony.md`; the token stands in the address."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """By the parameter `token`: the vendor signs nothing."""
        return compared(request.query.get("token", ""), secret)

    def identity(self, request: HookRequest) -> str:
        """The call, its state, and all that the notification says."""
        told = fields(request)
        return event_key(request, told.get("id", ""), told.get("state", ""))

    def answer(self, request: HookRequest) -> HookAnswer:
        """An empty object."""
        del request
        return OK_JSON

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """A call that rings, is answered or is over; its end brings the whole call."""
        row = Row(fields(request), zone)
        state = STATES.get(row.text("state"))
        if state is None:
            return []
        try:
            live = LiveCall(
                source_call_key=row.key("id"),
                state=state,  # type: ignore[arg-type]
                direction="out" if row.text("direction") == "out" else "in",
                client_number=row.text("contact_phone_number"),
                did=row.text("virtual_phone_number"),
                extension=row.text("extension_phone_number"),
                at=row.moment("notification_time"),
            )
            return [live, whole(row)] if state == "ended" else [live]
        except NotACallRecord as error:
            raise misunderstood("uis", str(error)) from None


PBX = Pbx("uis", UisOptions, Uis, UisHook())
