"""Mango Office: statistics that are ordered and fetched later, and the events of calls.

Mango Office VPBX API: a form `vpbx_api_key, sign, json` whose sign is SHA-256 of key, JSON and
salt, both ways. `commands/callback` connects an employee with a number. `stats/request` gives a
key, `stats/result` the rows in CSV without a header, or 204 while they are not ready; at most a
month at once.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.telephony.asking import FORM
from provodka.connectors.telephony.dialing import Wanted, not_dialled, plain_digits
from provodka.connectors.telephony.events import compared, event_key, fields, misunderstood
from provodka.connectors.telephony.health import reach
from provodka.connectors.telephony.legs import Direction, Leg
from provodka.connectors.telephony.options import LineOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row, digest, read_rows
from provodka.connectors.telephony.served import DAY, Asked, Served
from provodka.connectors.telephony.source import (
    CallPage,
    HookAnswer,
    HookRequest,
    LiveCall,
    Reach,
    Verdict,
)
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import _, marked

__all__ = ["PBX", "Mango", "MangoHook", "MangoOptions"]

COLUMNS: Final = (
    "records",
    "start",
    "finish",
    "answer",
    "from_extension",
    "from_number",
    "to_extension",
    "to_number",
    "disconnect_reason",
    "line_number",
    "location",
    "entry_id",
)
NOT_READY = 204
TAKEN = "1000"
"""Mango's result code of a command that is carried out."""
STALE = HOUR = timedelta(hours=1)
LIVE: Final = {"Appeared": "ringing", "Connected": "answered", "Disconnected": "ended"}
Side = Literal["in", "out", "internal"]
DIRECTIONS: Final[Mapping[str, Direction]] = {"0": "internal", "1": "in", "2": "out"}


class MangoOptions(LineOptions):
    """A virtual PBX of Mango Office."""

    key_env: str = Field(description=marked("Переменная с ключом API"))
    salt_env: str = Field(description=marked("Переменная с солью подписи"))


def signed(key: str, text: str, salt: str) -> str:
    """Mango's signature of a JSON text."""
    return hashlib.sha256(f"{key}{text}{salt}".encode()).hexdigest()


class Mango(Served):
    """One page orders a report, the next fetches it; what is not ready is left for later."""

    options: MangoOptions

    usual = "https://app.mango-office.ru/vpbx"
    report = "stats/result"
    longest = timedelta(days=30)
    pause = timedelta(minutes=1)

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """As every source; where the report is not ready, its key waits in the position."""
        ordered = dict(position or {}).get("ordered")
        if ordered and now - datetime.fromisoformat(ordered) > STALE:
            position = _forgotten(position or {})
        page = super().read(position, now=now)
        told = dict(page.position or {})
        if "window" not in told:
            told.pop("ordered", None)
            return CallPage(page.legs, told or None, page.bad, more=page.more)
        waits = page.position == position or bool(position and "window" in position)
        told.setdefault("ordered", now.isoformat())
        return CallPage(page.legs, told, page.bad, more=not waits)

    def probe(self, *, now: datetime) -> Reach:
        """Orders a report of the last day, and looks at it if it is ready at once."""
        window = Window(now - DAY, now)
        window = Window(window.start, window.end, self._ordered(window))
        rows, waits = self.ask(window)
        legs, bad = read_rows(rows, self.legs, self.report)
        lengths, offset = self.options.internal_lengths, self.asking.offset(now)
        return replace(reach(legs, bad, lengths=lengths, offset=offset), pending=bool(waits))

    def ask(self, window: Window) -> Asked:
        """Orders the window's report, or fetches the one that was ordered."""
        if not window.at:
            return [], self._ordered(window)
        answer = self.asking.form("stats/result", self._form({"key": str(window.at)}))
        if answer.status == NOT_READY:
            return [], window.at
        return list(csv.reader(self.asking.text(answer).splitlines(), delimiter=";")), None

    def legs(self, told: Any) -> Iterator[Leg]:
        """One leg a row."""
        if len(told) != len(COLUMNS):
            found = _("колонок {count}, ожидалось {expected}")
            raise NotACallRecord(found.format(count=len(told), expected=len(COLUMNS)))
        row = Row(dict(zip(COLUMNS, told, strict=True)), self.options.zoneinfo)
        start, end, answer = row.epoch("start"), row.epoch("finish"), row.epoch("answer")
        if start is None or end is None:
            raise NotACallRecord(_("нет времени начала или конца"))
        placed, rung = row.text("from_extension"), row.text("to_extension")
        direction: Direction = "in" if not placed else "internal" if rung else "out"
        yield Leg(
            uniqueid=f"{row.text('start')}-{placed or digest(row.text('from_number'))}",
            linkedid=row.key("entry_id"),
            sequence=rung or digest(row.text("to_number")),
            start=start,
            end=end,
            answer=answer,
            duration=round((end - start).total_seconds()),
            billsec=round((end - answer).total_seconds()) if answer else 0,
            disposition="ANSWERED" if answer else "NO ANSWER",
            src=row.text("from_number") or placed,
            dst=row.text("to_number") or rung,
            did=row.text("line_number") if direction == "in" else "",
            direction=direction,
            rang="person" if rung or direction == "out" else "menu",
            extension=rung if direction == "in" else placed,
            recording=row.text("records").strip("[]").partition(",")[0],
        )

    def recording_link(self, name: str) -> tuple[str, datetime | None]:
        """A signed link to a recording, alive for an hour; nothing is asked for it."""
        until = datetime.now(UTC).replace(microsecond=0) + HOUR
        key, expires = self.secrets["key"], str(int(until.timestamp()))
        sign = hashlib.sha256(f"{key}{expires}{name}{self.secrets['salt']}".encode()).hexdigest()
        base = self.options.url or self.usual
        return f"{base}/queries/recording/link/{name}/download/{key}/{expires}/{sign}", until

    def dial(self, wanted: Wanted, *, before: Callable[[], None]) -> str:
        """Ring the employee, then the number; Mango does not tell the call's key."""
        wish: dict[str, Any] = {
            "command_id": wanted.marker,
            "from": {"extension": wanted.extension},
            "to_number": plain_digits(wanted.number),
        }
        if self.options.line:
            wish["line_number"] = plain_digits(self.options.line)
        content, headers = urlencode(self._form(wish)).encode(), {"Content-Type": FORM}
        told = self.asking.order(
            "POST", "commands/callback", content=content, headers=headers, before=before
        )
        if str(told.get("result", "")) != TAKEN:
            raise not_dialled(self.asking.where, told)
        return ""

    def _ordered(self, window: Window) -> str:
        wish = {
            "date_from": str(int(window.start.timestamp())),
            "date_to": str(int(window.end.timestamp())),
            "fields": ",".join(COLUMNS),
        }
        answer = self.asking.form("stats/request", self._form(wish))
        try:
            return str(json.loads(answer.body)["key"])
        except (ValueError, KeyError, TypeError):
            raise self.asking.refused(self.asking.text(answer)) from None

    def _form(self, wish: Mapping[str, Any]) -> dict[str, str]:
        key, text = self.secrets["key"], json.dumps(wish, separators=(",", ":"))
        sign = signed(key, text, self.secrets["salt"])
        return {"vpbx_api_key": key, "sign": sign, "json": text}


def _forgotten(position: Mapping[str, Any]) -> dict[str, Any]:
    """The same window, its report to be ordered anew."""
    start, end, _key, sweeps = position["window"]
    kept = {name: value for name, value in position.items() if name != "ordered"}
    return kept | {"window": [start, end, 0, sweeps]}


class MangoHook:
    """`events/call` while a call happens, `events/summary` at its end; `secret` is the salt."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """By the field `sign`."""
        told = fields(request)
        wanted = signed(told.get("vpbx_api_key", ""), told.get("json", ""), secret)
        return compared(told.get("sign", ""), wanted)

    def identity(self, request: HookRequest) -> str:
        """The call, and all that the event says: a leg's `seq` is in it."""
        return event_key(request, str(_told(request).get("entry_id", "")))

    def answer(self, request: HookRequest) -> HookAnswer:
        """An empty 200."""
        del request
        return 200, b"", "text/plain; charset=utf-8"

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """What a telephone does, or the whole call; events about queues and menus say nothing."""
        told = _told(request)
        try:
            if "call_state" in told:
                return _live(told, zone)
            return [_whole(told, zone)] if "create_time" in told else []
        except NotACallRecord as error:
            raise misunderstood("mango", str(error)) from None


def _told(request: HookRequest) -> Mapping[str, Any]:
    try:
        told = json.loads(fields(request).get("json", ""))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, Mapping) else {}


def _party(told: Mapping[str, Any], name: str, zone: ZoneInfo) -> Row:
    return Row(told.get(name) or {}, zone)


def _live(told: Mapping[str, Any], zone: ZoneInfo) -> Sequence[LiveCall]:
    row, caller, called = Row(told, zone), _party(told, "from", zone), _party(told, "to", zone)
    state = LIVE.get(row.text("call_state"))
    if state is None or row.text("location") != "abonent":
        return []
    placed, rung = caller.text("extension"), called.text("extension")
    direction: Side = "in" if not placed else "internal" if rung else "out"
    call = LiveCall(
        source_call_key=row.key("entry_id"),
        state=state,  # type: ignore[arg-type]
        direction=direction,
        client_number=called.text("number") if direction == "out" else caller.text("number"),
        did=called.text("line_number"),
        extension=rung if direction == "in" else placed,
        at=row.epoch("timestamp"),
    )
    return [call]


def _whole(told: Mapping[str, Any], zone: ZoneInfo) -> Leg:
    """The whole call. Whether people talked is told by `talk_time`, not by `entry_result`."""
    row, caller, called = Row(told, zone), _party(told, "from", zone), _party(told, "to", zone)
    start, end, talk = row.epoch("create_time"), row.epoch("end_time"), row.epoch("talk_time")
    if start is None or end is None:
        raise NotACallRecord(_("нет времени начала или конца"))
    direction = DIRECTIONS.get(row.text("call_direction"), "")
    key = row.key("entry_id")
    return Leg(
        uniqueid=key,
        linkedid=key,
        sequence="whole",
        start=start,
        end=end,
        answer=talk,
        duration=round((end - start).total_seconds()),
        disposition="ANSWERED" if talk else "NO ANSWER",
        src=caller.text("number") or caller.text("extension"),
        dst=called.text("number") or called.text("extension"),
        did=row.text("line_number") if direction == "in" else "",
        direction=direction,
        rang="person",
        extension=(called if direction == "in" else caller).text("extension"),
        wait=round(((talk or end) - start).total_seconds()),
        talk=round((end - talk).total_seconds()) if talk else 0,
        whole=True,
    )


PBX = Pbx("mango", MangoOptions, Mango, MangoHook())
