"""One line of an Asterisk call log to a leg: three layouts, told apart by content.

All of them are called ``Master.csv``: `cdr_csv` (16, 18 or 21 columns, account code
first), `cdr_custom` with its sample configuration (19 columns, caller id first), and
Grandstream UCM (26 columns or so, named in a header).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.rows import NotACallRecord, aware
from provodka.foundation.i18n import _

__all__ = ["NotACallRecord", "decode", "header_of", "leg_of", "leg_of_fields"]

LONGEST = 65_536
"""Characters of a row: many times what the longest call is told in."""
CDR_CSV = [
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
]
NEW_COLUMNS = ("peeraccount", "linkedid", "sequence")
CDR_CUSTOM = [
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "sequence",
]
HEADER_NAMES = {"session": "linkedid", "acctid": "sequence", "recordfiles": "recording"}
HEADER_NAMES |= {"recordingfile": "recording"}
NEEDED = frozenset({"uniqueid", "start", "end", "channel", "disposition"})
TEXT_FIELDS = [
    "disposition",
    "src",
    "dst",
    "clid",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "amaflags",
    "accountcode",
    "peeraccount",
    "userfield",
    "did",
    "recording",
]


def decode(line: bytes) -> str:
    """Text of a line: UTF-8, else windows-1251; never fails, zero bytes dropped."""
    line = line.rstrip(b"\r\n").replace(b"\0", b"")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1251", errors="replace")


def header_of(text: str) -> tuple[str, ...] | None:
    """Field names, if this line is a header naming at least what a leg needs; else None."""
    if "uniqueid" not in text.lower():
        return None
    names = tuple(name.strip().lower() for name in text.replace('"', "").split(","))
    return tuple(HEADER_NAMES.get(n, n) for n in names) if NEEDED.issubset(names) else None


def leg_of(text: str, *, zone: ZoneInfo, header: Sequence[str] | None = None) -> Leg:
    """Read one row. `zone` is the time zone the PBX writes in, since rows carry no offset.

    Raises `NotACallRecord` for a row with unclosed quotes, an unknown layout, senseless
    times or durations, or one that is longer than any call's. Where the layout has no
    sequence, a digest of the row takes its place, so that the same row read twice has the
    same key.
    """
    if len(text) > LONGEST:
        raise NotACallRecord(
            _("{found} знаков в строке; ожидалось не больше {most}").format(
                found=len(text), most=LONGEST
            )
        )
    if text.count('"') % 2:
        raise NotACallRecord(_("кавычка открыта и не закрыта: строка оборвана"))
    row = _columns(text)
    if header is not None and len(header) == len(row):
        return leg_of_fields(dict(zip(header, row, strict=True)), text, zone)
    return leg_of_fields(_by_position(row), text, zone)


def _columns(text: str) -> list[str]:
    try:
        return next(csv.reader((text,)), [])
    except csv.Error as error:
        raise NotACallRecord(_("не разбирается как CSV: {error}").format(error=error)) from None


def _by_position(row: list[str]) -> dict[str, str]:
    if len(row) in range(16, 22) and _is_time(row[9]) and _is_time(row[11]):
        return dict(zip(_cdr_csv_names(row), row, strict=True))
    if len(row) == len(CDR_CUSTOM) and _is_time(row[8]) and _is_time(row[10]):
        return dict(zip(CDR_CUSTOM, row, strict=True))
    raise NotACallRecord(
        _(
            "колонок {count}, раскладка не узнана; ожидалось 16, 18 или 21 (cdr_csv), "
            "19 (cdr_custom) или файл с заголовком (Grandstream UCM)"
        ).format(count=len(row))
    )


def _cdr_csv_names(row: Sequence[str]) -> list[str]:
    """Columns behind the sixteenth depend on loguniqueid, loguserfield and newcdrcolumns."""
    extra = len(row) - len(CDR_CSV)
    new = list(NEW_COLUMNS) if extra >= len(NEW_COLUMNS) else []
    middle = ["uniqueid", "userfield"][: extra - len(new)]
    if middle == ["uniqueid"] and not _is_id(row[len(CDR_CSV)]):
        middle = ["userfield"]
    return [*CDR_CSV, *middle, *new]


def _is_id(text: str) -> bool:
    seconds, dot, counter = text.rpartition("-")[2].partition(".")
    return bool(dot) and seconds.isdecimal() and counter.isdecimal()


def _is_time(text: str) -> bool:
    return text[4:5] == "-" and text[7:8] == "-" and text[13:14] == ":"


def leg_of_fields(fields: Mapping[str, str], text: str, zone: ZoneInfo) -> Leg:
    """A leg of named fields, `text` being the whole row; raises as `leg_of`.

    Names are those of `cdr_csv`; a sequence may be missing.
    """
    get = fields.get
    # An id begins with the moment its channel was made: it tells apart an hour that is there twice.
    near = _made(get("uniqueid", ""))
    start = _time(fields["start"], "start", zone, near)
    end = _time(fields["end"], "end", zone, start)
    # Without loguniqueid the calling channel and its start are all that names a call.
    unique = get("uniqueid") or f"{get('channel', '')}@{start:%Y%m%dT%H%M%SZ}"
    texts: dict[str, Any] = {name: fields[name] for name in TEXT_FIELDS if name in fields}
    return Leg(
        uniqueid=unique,
        linkedid=get("linkedid") or unique,
        sequence=get("sequence") or _digest(text),
        start=start,
        end=end,
        answer=_time(fields["answer"], "answer", zone, start) if get("answer") else None,
        duration=_seconds(get("duration", "0"), "duration"),
        billsec=_seconds(get("billsec", "0"), "billsec"),
        **texts,
    )


def _made(uniqueid: str) -> datetime | None:
    seconds = uniqueid.rpartition("-")[2].partition(".")[0]
    return datetime.fromtimestamp(int(seconds), UTC) if re.fullmatch(r"\d{9,10}", seconds) else None


def _digest(text: str) -> str:
    return "x" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _time(text: str, name: str, zone: ZoneInfo, near: datetime | None) -> datetime:
    try:
        return aware(datetime.fromisoformat(text), zone, near)
    except (ValueError, OverflowError):
        raise NotACallRecord(
            _("поле {name}: «{text}», ожидалась дата вида 2026-01-31 09:00:00").format(
                name=name, text=text[:40]
            )
        ) from None


def _seconds(text: str, name: str) -> int:
    try:
        return max(0, int(float(text or "0")))
    except (ValueError, OverflowError):
        raise NotACallRecord(
            _("поле {name}: «{text}», ожидались секунды").format(name=name, text=text[:40])
        ) from None
