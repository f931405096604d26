"""Stand-ins of the vendors' servers: they check what a vendor checks and keep its traps.

Each holds the same four calls of one morning, in the vendor's own shape, and knows nothing of
our code: signatures are computed here once more.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

from tests.contract.onec.scripted_server import Seen, answer

RECORDED = Path(__file__).parents[2] / "data" / "telephony" / "vendors"
ZONE = ZoneInfo("Asia/Yekaterinburg")
NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
DATE = "Sat, 31 Jan 2026 10:00:07 GMT"
LOCAL = "%Y-%m-%d %H:%M:%S"
KEY, SECRET = "key-1", "secret-1"


def recorded(name: str) -> Any:
    """A vendor's rows, as they were written."""
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


def local(text: str, pattern: str = LOCAL) -> datetime:
    """A local time of the PBX."""
    return datetime.strptime(text, pattern).replace(tzinfo=ZONE)


@dataclass
class Vendor:
    """A server: `asked` is what it understood, `rows` its calls, `trouble` plays first.

    `placed` are the calls that it was asked to place: (extension, number, shown number).
    """

    rows: list[Any] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    placed: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: list[bytes | Callable[[bytes], bytes]] = field(default_factory=list)

    def __call__(self, seen: Seen) -> bytes:
        """The answer over the wire, spoiled while there is trouble."""
        told = self.told(seen)
        if not self.trouble:
            return told
        trouble = self.trouble.pop(0)
        return trouble if isinstance(trouble, bytes) else trouble(told)

    def told(self, seen: Seen) -> bytes:
        """The honest answer."""
        raise NotImplementedError

    def spoil(self) -> None:
        """Make one row unreadable."""
        raise NotImplementedError

    @staticmethod
    def options() -> dict[str, Any]:
        """What `hub.yaml` says besides name, zone and address."""
        raise NotImplementedError


def json_answer(told: Any) -> bytes:
    return answer(
        200, json.dumps(told, ensure_ascii=False), Content_Type="application/json", Date=DATE
    )


def query_of(seen: Seen) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(seen.target).query, keep_blank_values=True))


def form_of(seen: Seen) -> dict[str, str]:
    return dict(parse_qsl(seen.body.decode(), keep_blank_values=True))


class Zadarma(Vendor):
    """Signed requests, at most a month, at most a thousand rows."""

    most = 1000

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "zadarma", "key_env": "PBX_KEY", "secret_env": "PBX_SECRET"}

    def told(self, seen: Seen) -> bytes:
        raw, query = urlsplit(seen.target).query, query_of(seen)
        path = urlsplit(seen.target).path.removeprefix("/base")
        text = path + raw + hashlib.md5(raw.encode()).hexdigest()  # noqa: S324
        sign = hmac.new(SECRET.encode(), text.encode(), "sha1").hexdigest().encode()
        if seen.headers.get("authorization") != f"{KEY}:{base64.b64encode(sign).decode()}":
            return answer(401, {"status": "error", "message": "Not authorized"})
        if path == "/v1/pbx/record/request/":
            link = f"https://api.zadarma.example/record/{query['call_id']}.mp3"
            till = "2026-01-31 16:00:00"
            return json_answer({"status": "success", "link": link, "lifetime_till": till})
        if path == "/v1/request/callback/":
            if query["from"] == "199":
                return json_answer({"status": "error", "message": "Wrong caller id"})
            self.placed.append((query["from"], query["to"], ""))
            return json_answer({"status": "success", **query, "time": 1435573082})
        assert path == "/v1/statistics/pbx/"
        assert list(query) == sorted(query)
        start, end = local(query["start"]), local(query["end"])
        if (end - start).days > 31:
            return answer(400, {"status": "error", "message": "period"})
        self.asked.append(query)
        found = [row for row in self.rows if start <= local(row["callstart"]) <= end]
        skip = int(query["skip"])
        page = found[skip : skip + min(self.most, int(query["limit"]))]
        return json_answer({"status": "success", "version": 2, "stats": page})

    def spoil(self) -> None:
        self.rows.append(self.rows[0] | {"seconds": "ten", "call_id": "1.1"})


class Mango(Vendor):
    """A report is ordered, then fetched; `patience` is how often it is not ready yet."""

    patience = 0

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "mango", "key_env": "PBX_KEY", "salt_env": "PBX_SECRET"}

    def told(self, seen: Seen) -> bytes:
        form = form_of(seen)
        sign = hashlib.sha256((KEY + form["json"] + SECRET).encode()).hexdigest()
        if (form["vpbx_api_key"], form["sign"]) != (KEY, sign):
            return answer(401)
        wish = json.loads(form["json"])
        if seen.target.endswith("/commands/callback"):
            if wish["from"]["extension"] == "199":
                return json_answer({"result": 3310})
            assert wish["command_id"]
            called = (wish["from"]["extension"], wish["to_number"], wish.get("line_number", ""))
            self.placed.append(called)
            return json_answer({"result": 1000})
        if seen.target.endswith("/stats/request"):
            self.asked.append(wish)
            assert int(wish["date_to"]) - int(wish["date_from"]) <= 31 * 86400
            return json_answer({"key": f"{wish['date_from']}-{wish['date_to']}"})
        assert seen.target.endswith("/stats/result")
        if self.patience:
            self.patience -= 1
            return answer(204, Date=DATE)
        first, last = map(int, wish["key"].split("-"))
        rows = [row for row in self.rows if first <= int(row.split(";")[1]) <= last]
        body = "".join(row + "\r\n" for row in rows)
        return answer(200, body, Content_Type="text/csv;charset=UTF-8", Date=DATE)

    def spoil(self) -> None:
        cells = self.rows[0].split(";")
        self.rows.append(";".join([cells[0], cells[1], "when?", *cells[3:]]))


class Uis(Vendor):
    """JSON-RPC whose errors come with 200; `rows` are calls, `rung` their legs."""

    rung: list[Any]

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "uis", "token_env": "PBX_KEY"}

    def told(self, seen: Seen) -> bytes:
        asked = json.loads(seen.body)
        params = asked["params"]
        if seen.target.startswith("/base/v4.0"):
            return self._called(asked["method"], params)
        if params["access_token"] != KEY:
            data = {"mnemonic": "access_token_invalid"}
            return json_answer({"jsonrpc": "2.0", "error": {"code": -32001, "data": data}})
        if asked["method"] == "get.employees":
            staff = [
                {"id": 25, "extension": {"extension_phone_number": "101"}, "phone_numbers": []},
                {"id": 26, "extension": None, "phone_numbers": [{"phone_number": "102"}]},
            ]
            return json_answer({"jsonrpc": "2.0", "result": {"data": staff, "metadata": {}}})
        start, end = local(params["date_from"]), local(params["date_till"])
        self.asked.append({"method": asked["method"], **params})
        if asked["method"] == "get.calls_report":
            found = [row for row in self.rows if start <= local(row["start_time"]) <= end]
            found = found[params["offset"] :][: params["limit"]]
        else:
            named = params["filter"]["value"]
            found = [row for row in self.rung if row["call_session_id"] in named]
        return json_answer({"jsonrpc": "2.0", "result": {"data": found, "metadata": {}}})

    def _called(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Call API, another version of the same protocol."""
        assert method == "start.employee_call"
        if params["access_token"] != KEY:
            data = {"mnemonic": "access_token_invalid"}
            return json_answer({"jsonrpc": "2.0", "error": {"code": -32001, "data": data}})
        assert (params["first_call"], params["external_id"] != "") == ("employee", True)
        by_key = {25: "101", 26: "102"}
        called = by_key[params["employee"]["id"]], params["contact"], params["virtual_phone_number"]
        self.placed.append(called)
        return json_answer({"jsonrpc": "2.0", "result": {"data": {"call_session_id": 237859081}}})

    def spoil(self) -> None:
        self.rows.append(self.rows[0] | {"id": None})


class Megafon(Vendor):
    """Whole calls of a span, in UTC."""

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "megafon", "token_env": "PBX_KEY"}

    def told(self, seen: Seen) -> bytes:
        if seen.headers.get("x-api-key") != KEY:
            return answer(401)
        if seen.target.endswith("/crmapi/v1/makecall"):
            wish = json.loads(seen.body)
            if wish["user"] == "199":
                return answer(400, {"error": "User not found"})
            self.placed.append((wish["user"], wish["phone"], wish.get("clid", "")))
            return json_answer({"callid": "177300001"})
        assert "/crmapi/v1/history/json" in seen.target
        query = query_of(seen)
        start, end = (datetime.fromisoformat(query[name]) for name in ("start", "end"))
        self.asked.append(query)
        return json_answer(
            [one for one in self.rows if start <= datetime.fromisoformat(one["start"]) <= end]
        )

    def spoil(self) -> None:
        self.rows.append(self.rows[0] | {"start": "2026-01-31T09:00:00Z", "duration": "long"})


class Sipuni(Vendor):
    """CSV by days; more than `most` rows are silently cut."""

    most = 1000

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "sipuni", "user": "014087", "secret_env": "PBX_SECRET"}

    def told(self, seen: Seen) -> bytes:
        form = form_of(seen)
        signed = form.pop("hash")
        values = "+".join([*(form[name] for name in sorted(form)), SECRET])
        if signed != hashlib.md5(values.encode()).hexdigest():  # noqa: S324
            return answer(403)
        if seen.target.endswith("/api/callback/call_number"):
            if form["sipnumber"] == "199":
                return json_answer({"success": False, "message": "Unknown sipnumber"})
            self.placed.append((form["sipnumber"], form["phone"], ""))
            return json_answer({"success": True, "order_id": 7})
        first, last = (local(form[name], "%d.%m.%Y").date() for name in ("from", "to"))
        self.asked.append(form)
        rows = list(csv.DictReader(io.StringIO(self.rows[0]), delimiter=";"))
        rows += self.rows[1:]
        days = {id(row): local(row["Время"], "%d.%m.%Y %H:%M:%S").date() for row in rows}
        found = [row for row in rows if first <= days[id(row)] <= last][: self.most]
        text = io.StringIO()
        head = self.rows[0].splitlines()[0].split(";")
        writer = csv.DictWriter(text, head, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(found)
        body = "\ufeff" + text.getvalue()
        return answer(200, body, Content_Type="text/csv; charset=utf-8", Date=DATE)

    def spoil(self) -> None:
        row = next(csv.DictReader(io.StringIO(self.rows[0]), delimiter=";"))
        self.rows.append(row | {"Тип": "Факс"})


class Miko(Vendor):
    """REST v3: groups unless told otherwise, refuses more than 365 days, pages by id."""

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "mikopbx", "token_env": "PBX_KEY"}

    def told(self, seen: Seen) -> bytes:
        assert "/pbxcore/api/v3/cdr" in seen.target
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return answer(401)
        query = query_of(seen)
        start, end = local(query["dateFrom"]), local(query["dateTo"])
        if (end - start).days > 365:
            return answer(422)
        self.asked.append(query)
        assert (query["grouped"], query["sort"], query["order"]) == ("false", "id", "ASC")
        found = [row for row in self.rows if row["id"] > int(query.get("idFrom", 0))]
        found = [row for row in found if start <= local(row["start"][:19]) <= end]
        limit = min(int(query["limit"]), 1000)
        page = found[:limit]
        turned = {"total": len(found), "limit": limit, "offset": 0, "hasMore": len(found) > limit}
        turned["lastId"] = page[-1]["id"] if page else 0
        return json_answer({"result": True, "data": {"records": page, "pagination": turned}})

    def spoil(self) -> None:
        self.rows.append(self.rows[-1] | {"id": 99, "UNIQUEID": "", "linkedid": ""})


class MikoPanel(Vendor):
    """The XML of the panel: rows behind an id, every value percent-encoded."""

    @staticmethod
    def options() -> dict[str, Any]:
        return {"kind": "mikopbx", "api": "panel", "token_env": "PBX_KEY"}

    def told(self, seen: Seen) -> bytes:
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return answer(401)
        query = query_of(seen)
        self.asked.append(query)
        found = [row for row in self.rows if row["id"] > int(query["offset"])]
        lines = (_encoded(row) for row in found[: min(600, int(query["limit"]))])
        body = f'<?xml version="1.0"?>\n<cdr-table-askozia>\n{"".join(lines)}</cdr-table-askozia>'
        return answer(200, body if found else "", Date=DATE)

    def spoil(self) -> None:
        self.rows.append(self.rows[-1] | {"id": 99, "start": "yesterday"})


def _encoded(row: Mapping[str, Any]) -> str:
    told = " ".join(f'{name}="{quote(str(value), safe="")}"' for name, value in row.items())
    return f"<cdr-row {told} />\n"


def opened(kind: str) -> Vendor:
    """A vendor with its four calls."""
    if kind == "uis":
        uis = Uis(recorded("uis.json")["calls"])
        uis.rung = recorded("uis.json")["legs"]
        return uis
    if kind == "mango":
        return Mango((RECORDED / "mango.csv").read_text(encoding="utf-8").splitlines())
    if kind == "sipuni":
        return Sipuni([(RECORDED / "sipuni.csv").read_text(encoding="utf-8-sig")])
    if kind.startswith("miko"):
        return (MikoPanel if kind == "miko panel" else Miko)(recorded("mikopbx.json"))
    return {"zadarma": Zadarma, "megafon": Megafon}[kind](recorded(f"{kind}.json"))


KINDS = ("zadarma", "mango", "uis", "megafon", "sipuni", "mikopbx", "miko panel")
