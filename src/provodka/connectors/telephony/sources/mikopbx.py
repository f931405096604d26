"""MikoPBX: its REST API v3, and the XML that the panel in 1C reads.

`GET /pbxcore/api/v3/cdr` with a Bearer key: `grouped` is true unless it is said otherwise, a span
of more than 365 days is refused (422), `idFrom` goes on behind a row. Rows are rewritten when a
recording or a transfer comes, so that an overlap is read again. `GET /pbxcore/api/cdr/get_data`
gives at most 600 rows behind an id, every value percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field

from provodka.connectors.telephony.health import reach
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.options import ServedOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import Row, read_rows
from provodka.connectors.telephony.served import Asked, Served
from provodka.connectors.telephony.source import CallPage, CallSource, Reach
from provodka.connectors.telephony.twice import dated
from provodka.connectors.telephony.windows import Window
from provodka.foundation.i18n import _, marked

__all__ = ["PBX", "MikoOptions", "MikoPanel", "MikoRest", "leg"]

ROWS = 1000
PANEL_ROWS = 600
PREFIX = "Bearer "


class MikoOptions(ServedOptions):
    """A MikoPBX of one's own."""

    has_usual_address = False

    api: Literal["rest", "panel"] = Field(
        "rest", description=marked("rest — REST API v3; panel — XML, который читает панель 1С")
    )
    token_env: str = Field(description=marked("Переменная с ключом API"))


class MikoRest(Served):
    """Rows of a month at most, by id, a thousand a page."""

    report = "v3/cdr"
    longest = timedelta(days=31)

    def headers(self) -> Mapping[str, str]:
        """The key goes with every request."""
        return {"Authorization": PREFIX + self.secrets["token"]}

    def ask(self, window: Window) -> Asked:
        """A page of rows; goes on behind the last row's id."""
        query = {
            "grouped": "false",
            "sort": "id",
            "order": "ASC",
            "limit": str(ROWS),
            "dateFrom": self.local(window.start),
            "dateTo": self.local(window.end),
        }
        if window.at:
            query["idFrom"] = str(window.at)
        answer = self.asking.json("GET", "pbxcore/api/v3/cdr", query=query)
        told = answer if isinstance(answer, Mapping) else {}
        if told.get("result") is False:
            raise self.asking.refused(str(told.get("messages", "")))
        data = told.get("data")
        rows = data.get("records") if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(rows, list):
            raise self.asking.senseless("data.records")
        page = data.get("pagination") or {}
        last = page.get("lastId")
        rows = dated(rows, "start", self.options.zoneinfo, order=_number)
        return rows, last if page.get("hasMore") and last else None

    def legs(self, told: Any) -> Iterator[Leg]:
        """One leg a row; a call that is still going on comes later."""
        row = Row(told, self.options.zoneinfo)
        if row.text("endtime"):
            yield leg(row, self.inside(row.text("dst_num")))


class MikoPanel(MikoRest):
    """Rows behind an id, the last page read again and again."""

    report = "get_data"

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """Rows behind the position, less one page that may have been rewritten."""
        last = int((position or {}).get("id", 0))
        going_on = bool((position or {}).get("more"))
        start = last if going_on or not last else max(0, last - PANEL_ROWS)
        rows, _rest = self.ask(Window(now - self.options.first, now, start))
        legs, bad = read_rows(rows, self.legs, self.report)
        reached = max([last, *(int(row.get("id", "0")) for row in rows)])
        more = len(rows) >= PANEL_ROWS
        first = now - self.options.first
        kept = [one for one in legs if one.start >= first]
        return CallPage(kept, {"id": reached, "more": more}, bad, more=more)

    def probe(self, *, now: datetime) -> Reach:
        """The last rows; the door has no way to ask for them, so that their ids are guessed."""
        rows, _rest = self.ask(Window(now, now, max(0, self._last() - PANEL_ROWS)))
        legs, bad = read_rows(rows, self.legs, self.report)
        offset = self.asking.offset(now)
        return reach(legs, bad, lengths=self.options.internal_lengths, offset=offset)

    def _last(self) -> int:
        """An id close to the last one, found by halving."""
        low, high = 0, 1
        while self._rows(high, limit=1):
            low, high = high, high * 2
        while high - low > PANEL_ROWS // 2:
            middle = (low + high) // 2
            low, high = (middle, high) if self._rows(middle, limit=1) else (low, middle)
        return high

    def ask(self, window: Window) -> Asked:
        """Rows behind an id."""
        return self._rows(int(window.at), PANEL_ROWS), None

    def _rows(self, behind: int, limit: int) -> Sequence[Mapping[str, str]]:
        query = {"offset": str(behind), "limit": str(limit)}
        answer = self.asking.get("pbxcore/api/cdr/get_data", query)
        if not answer.body.strip():
            return []
        try:
            table: Element = fromstring(answer.body)
        except (ParseError, DefusedXmlException):
            raise self.asking.senseless(_("ответ не XML или оборван")) from None
        rows = [_decoded(row) for row in table.iter("cdr-row")]
        return dated(rows, "start", self.options.zoneinfo, order=_number)


def _number(row: Mapping[str, Any]) -> int:
    """The row's key, which rises with time."""
    key = str(row.get("id", ""))
    return int(key) if key.isdecimal() else 0


def _decoded(row: Element) -> dict[str, str]:
    return {name: unquote(value) for name, value in row.attrib.items()}


def leg(row: Row, extension: str) -> Leg:
    """A row of MikoPBX; times that cannot be are mended by its durations."""
    start = row.moment("start")
    duration, billsec = row.seconds("duration"), row.seconds("billsec")
    end = row.moment("endtime", near=start + timedelta(seconds=duration))
    end = end if end >= start else start + timedelta(seconds=duration)
    answer = row.moment("answer", near=start) if row.text("answer") else None
    if answer is not None and not start <= answer <= end:
        answer = end - timedelta(seconds=billsec) if billsec else None
    key = row.key("UNIQUEID")
    application = row.true("is_app")
    return Leg(
        uniqueid=key,
        linkedid=row.text("linkedid") or key,
        sequence="",
        start=start,
        end=end,
        answer=answer,
        duration=duration,
        billsec=billsec,
        disposition=row.text("disposition").upper().replace("NOANSWER", "NO ANSWER"),
        src=row.text("src_num"),
        dst=row.text("dst_num"),
        clid=row.text("src_name"),
        channel=row.text("src_chan"),
        dstchannel=row.text("dst_chan"),
        lastapp=row.text("appname"),
        did=row.text("did"),
        rang="menu" if application else "person" if extension else "",
        extension=extension,
        recording=row.text("recordingfile"),
    )


def _opened(options: MikoOptions, secrets: Mapping[str, str]) -> CallSource:
    return (MikoPanel if options.api == "panel" else MikoRest)(options, secrets)


PBX = Pbx("mikopbx", MikoOptions, _opened)
