"""Vendors' local times around the hours that a clock repeats and leaves out."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.contract.onec.scripted_server import ScriptedServer
from tests.contract.telephony import vendors
from tests.contract.telephony.test_every_vendor import SECRETS, calls, pages
from tests.contract.telephony.vendors import Vendor, opened

from provodka.connectors.telephony.pbx import PBXES

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
STEPS = (-100, -50, -20, 10, 40, 100)
KINDS = ("zadarma", "mango", "uis", "megafon", "sipuni", "mikopbx", "miko panel")


def local(moment: datetime, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    return moment.astimezone(BERLIN).strftime(pattern)


def row_of(kind: str, vendor: Vendor, number: int, at: datetime) -> Any:
    """The first call of a vendor, once more at another time."""
    first = vendor.rows[0]
    end, answer, epoch = at + timedelta(seconds=70), at + timedelta(seconds=10), int(at.timestamp())
    if kind == "zadarma":
        return first | {"callstart": local(at), "call_id": f"{epoch}.{number}",
                        "pbx_call_id": f"in_{number}"}  # fmt: skip
    if kind == "mango":
        cells = first.split(";")
        times = [str(epoch), str(epoch + 70), str(epoch + 10)]
        return ";".join([cells[0], *times, *cells[4:-1], f"entry{number}"])
    if kind == "uis":
        return first | {"id": number, "start_time": local(at), "finish_time": local(end)}
    if kind == "megafon":
        return first | {"uid": str(number), "start": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    told = {"start": local(at), "endtime": local(end), "answer": local(answer), "id": number}
    return first | told | {"UNIQUEID": f"miko-{number}", "linkedid": f"miko-{number}"}


def told_at(kind: str, vendor: Vendor, moments: list[datetime]) -> None:
    """Let the vendor have nothing but calls of these moments."""
    if kind != "sipuni":
        vendor.rows = [row_of(kind, vendor, 100 + n, at) for n, at in enumerate(moments)]
        return
    [first, *_others] = csv.DictReader(io.StringIO(vendor.rows[0]), delimiter=";")
    text = io.StringIO()
    writer = csv.DictWriter(text, list(first), delimiter=";")
    writer.writeheader()
    for number, at in enumerate(moments):
        writer.writerow(
            first | {"Время": local(at, "%d.%m.%Y %H:%M:%S"), "Откуда": f"+7999000{number:04}"}
        )
    vendor.rows[0] = text.getvalue()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(vendors, "ZONE", BERLIN)
    return str(request.param)


@pytest.mark.requirement("R97")
@pytest.mark.parametrize("change", [AUTUMN, SPRING], ids=["back", "forward"])
def test_calls_around_a_change_of_the_clock_are_when_they_were(kind: str, change: datetime) -> None:
    moments = [change + timedelta(minutes=step) for step in STEPS]
    vendor = opened(kind)
    told_at(kind, vendor, moments)
    with ScriptedServer([vendor]) as server:
        about = vendor.options() | {"name": "cloud", "zone": "Europe/Berlin", "url": server.url}
        pbx = PBXES[about["kind"]]
        with closing(pbx.open(pbx.options.model_validate(about), SECRETS)) as source:
            found = calls(pages(source, now=change + timedelta(hours=6)))
    assert [call.started_at for call in found] == moments
    assert {call.talk_seconds for call in found} == {60}
