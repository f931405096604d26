"""Sipuni: the export of statistics in CSV, and events while a call happens.

`POST /api/statistic/export`, signed by the MD5 of the form's values in the order of their names
and of the secret, joined by `+`. The answer is CSV with BOM, `;` and Russian headers, in the
account's local time. Long periods are silently cut, so it is asked by weeks, and the ends of each
week are asked once more to see that nothing is missing.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.telephony.asking import FORM
from provodka.connectors.telephony.dialing import Wanted, not_dialled, plain_digits
from provodka.connectors.telephony.events import compared, event_key, fields, misunderstood
from provodka.connectors.telephony.legs import Direction, Leg
from provodka.connectors.telephony.options import ServedOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row, digest
from provodka.connectors.telephony.served import DAY, Asked, Served
from provodka.connectors.telephony.source import HookAnswer, HookRequest, LiveCall, Verdict
from provodka.connectors.telephony.twice import dated
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import _, marked

__all__ = ["PBX", "Sipuni", "SipuniHook", "SipuniOptions"]

EXPORT, CALL = "api/statistic/export", "api/callback/call_number"
AT = "at"
TIME, WRITTEN, DATED = "Время", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y"
NEEDED = frozenset({"Тип", "Статус", TIME, "Откуда", "Куда"})
ALWAYS: Final = {
    "anonymous": "1",
    "crmLinks": "0",
    "dtmfUserAnswer": "0",
    "firstTime": "0",
    "fromNumber": "",
    "hangupinitor": "0",
    "ignoreSpecChar": "1",
    "names": "0",
    "numbersInvolved": "0",
    "numbersRinged": "0",
    "outgoingLine": "0",
    "rating": "",
    "showTreeId": "0",
    "state": "0",
    "timeFrom": "00:00",
    "timeTo": "23:59",
    "toAnswer": "",
    "toNumber": "",
    "tree": "",
    "type": "0",
}
DIRECTIONS: Final[Mapping[str, Direction]] = {"вход": "in", "исход": "out", "внутр": "internal"}
STATES: Final = {"1": "ringing", "2": "ended", "3": "answered"}
INTERNAL = "2"


class SipuniOptions(ServedOptions):
    """An account of Sipuni."""

    dials = True

    user: str = Field(description=marked("Номер кабинета"))
    secret_env: str = Field(description=marked("Переменная с ключом интеграции"))


class Sipuni(Served):
    """The export by weeks, halved where a check finds that it was cut."""

    usual = "https://sipuni.com"
    report = EXPORT
    longest = timedelta(days=6)
    pause = timedelta(minutes=1)
    options: SipuniOptions

    def ask(self, window: Window) -> Asked:
        """All calls of the days that the window touches; days are those of the account's zone."""
        zone = self.options.zoneinfo
        first = window.start.astimezone(zone).date()
        return self._days(first, window.end.astimezone(zone).date()), None

    def _days(self, first: date, last: date) -> Sequence[Mapping[str, str]]:
        rows = self._exported(first, last)
        if last - first < DAY or self._complete(rows, first, last):
            return rows
        middle = first + (last - first) // 2
        return [*self._days(first, middle), *self._days(middle + DAY, last)]

    def _complete(self, rows: Sequence[Mapping[str, str]], first: date, last: date) -> bool:
        """Whether the first and the last day with calls have no more when asked without others."""
        days = Counter(day for row in rows if first <= (day := _day(row)) <= last)
        if not days:
            return True
        early, late = min(days), max(days)
        head, tail = self._exported(first, early), self._exported(late, last)
        return days[early] >= len(head) and days[late] >= len(tail)

    def _exported(self, first: date, last: date) -> Sequence[Mapping[str, str]]:
        wish = ALWAYS | {
            "from": f"{first:{DATED}}",
            "to": f"{last:{DATED}}",
            "user": self.options.user,
        }
        text = self.asking.text(self.asking.form(EXPORT, self._signed(wish)))
        reader = csv.DictReader(text.splitlines(), delimiter=";")
        if not NEEDED.issubset(reader.fieldnames or ()):
            raise self._unknown(text)
        rows = [{str(name): value or "" for name, value in row.items() if name} for row in reader]
        return dated(rows, TIME, self.options.zoneinfo, pattern=WRITTEN, into=AT)

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ring the employee, then the number; Sipuni does not tell a key that its export has."""
        wish = {
            "antiaon": "0",
            "phone": plain_digits(wanted.number),
            "reverse": "0",
            "sipnumber": wanted.extension,
            "user": self.options.user,
        }
        content, headers = urlencode(self._signed(wish)).encode(), {"Content-Type": FORM}
        told = self.asking.order("POST", CALL, content=content, headers=headers, before=before)
        if told.get("success") is not True:
            raise not_dialled(self.asking.where, told)
        return ""

    def _signed(self, wish: Mapping[str, str]) -> dict[str, str]:
        values = [wish[name] for name in sorted(wish)]
        told = "+".join([*values, self.secrets["secret"]])
        return {**wish, "hash": hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()}

    def _unknown(self, text: str) -> Exception:
        if "hash" in text.lower() or "ключ" in text.lower():
            return self.asking.denied(text[:80])
        return self.asking.senseless(_("в выгрузке нет столбцов журнала звонков"))

    def legs(self, told: Any) -> Iterator[Leg]:
        """The whole call of a row, which has no lasting key but its time and numbers."""
        row = Row(told, self.options.zoneinfo)
        start = row.moment(AT) if row.text(AT) else row.moment(TIME, WRITTEN)
        caller, called = self._short(row.text("Откуда")), self._short(row.text("Куда"))
        key = digest("|".join([row.text(TIME), row.text("Тип"), caller, called]))
        direction = _direction(row.text("Тип"))
        talk, total = row.seconds("Длительность разговора"), row.seconds("Длительность звонка")
        answered_by = self._short(row.text("Кто ответил"))
        recorded = row.text("ID записи") if row.true("Запись существует") else ""
        yield Leg(
            uniqueid=key,
            linkedid=key,
            sequence="whole",
            start=start,
            end=start + timedelta(seconds=total),
            duration=total,
            disposition=_disposition(row.text("Статус")),
            src=caller,
            dst=called,
            did=called if direction == "in" else "",
            direction=direction,
            rang="person",
            extension=self.inside(answered_by if direction == "in" else caller),
            queue=row.text("Схема"),
            wait=row.seconds("Время ответа") if row.text("Время ответа") else None,
            talk=talk,
            recording=recorded,
            whole=True,
        )

    def _short(self, number: str) -> str:
        """A telephone of the office without the account's number before it."""
        inner = number.removeprefix(self.options.user)
        return inner if inner != number and self.inside(inner) else number


def _day(row: Mapping[str, str]) -> date:
    try:
        return datetime.strptime(row[TIME][:10], DATED).date()  # noqa: DTZ007
    except ValueError:
        return date.min


def _direction(kind: str) -> Direction:
    for beginning, direction in DIRECTIONS.items():
        if kind.lower().startswith(beginning):
            return direction
    raise NotACallRecord(
        _("поле Тип: «{text}», ожидалось Входящий или Исходящий").format(text=kind)
    )


def _disposition(status: str) -> str:
    told = status.lower()
    if "занят" in told:
        return "BUSY"
    return "ANSWERED" if told.startswith("отвеч") else "NO ANSWER"


class SipuniHook:
    """Events of the PBX for the caller's card; the token stands in the address.

    A finished call comes from the statistics alone: an event has no key that the export shares.
    """

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """By the parameter `token`: the vendor signs nothing."""
        return compared(request.query.get("token", ""), secret)

    def identity(self, request: HookRequest) -> str:
        """The call, the event, and all that it says."""
        told = fields(request)
        return event_key(request, told.get("call_id", ""), told.get("event", ""))

    def answer(self, request: HookRequest) -> HookAnswer:
        """What Sipuni repeats an event without."""
        del request
        return 200, b'{"success": true}', "application/json"

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """A call that rings, is answered or is over; legs between telephones say nothing."""
        row = Row(fields(request), zone)
        state = STATES.get(row.text("event"))
        out, inner = row.text("src_type") == INTERNAL, row.text("dst_type") == INTERNAL
        if state is None or (out and inner):
            return []
        try:
            call = LiveCall(
                source_call_key=row.key("call_id"),
                state=state,  # type: ignore[arg-type]
                direction="out" if out else "in",
                client_number=row.text("dst_num" if out else "src_num"),
                did=row.text("pbxdstnum"),
                extension=row.text("short_src_num" if out else "short_dst_num"),
                at=row.epoch("timestamp"),
            )
        except NotACallRecord as error:
            raise misunderstood("sipuni", str(error)) from None
        return [call]


PBX = Pbx("sipuni", SipuniOptions, Sipuni, SipuniHook())
