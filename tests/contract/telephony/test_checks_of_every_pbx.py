"""What `provodka check` tells of each kind of PBX: reached, its clock, its last call, strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml
from sqlalchemy import URL, make_url, text
from tests.contract.onec.scripted_server import ScriptedServer
from tests.contract.telephony.vendors import KEY, NOW, SECRET, ZONE, Vendor, opened
from tests.databases import copied

from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.calls.pull import pull_every_pbx
from provodka.flows.hub import Hub, open_hub
from provodka.flows.insight.checked import Finding
from provodka.flows.insight.checkup import check_systems
from provodka.flows.settings import Environment

LAST = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
"""When the last call of each began: 14:30 by the clock of the PBX."""
LOG = (
    '"","89990000001","73432000000","in","x","PJSIP/trunk-1","PJSIP/{to}-00000002","Dial","PJSIP/{to},30",'
    '"{start}","{start}","{end}",60,60,"ANSWERED","DOC","{key}","","","{key}",1\n'
)
ROW = """
    INSERT INTO cdr (calldate, clid, src, dst, dcontext, channel, dstchannel, lastapp, lastdata,
        duration, billsec, disposition, uniqueid, linkedid, sequence)
    VALUES (:at, '', '89990000001', '101', 'in', 'PJSIP/trunk-1', :to, 'Dial', '', 60, 60,
        'ANSWERED', :key, :key, 1)
"""
CDR = """
    CREATE TABLE cdr (calldate timestamp, clid text, src text, dst text, dcontext text,
        channel text, dstchannel text, lastapp text, lastdata text, duration int, billsec int,
        disposition text, uniqueid text, linkedid text, sequence int)
"""
CLOUDS = ("zadarma", "uis", "megafon", "sipuni", "mikopbx", "miko panel", "mango")
KINDS = (*CLOUDS, "asterisk_csv", "asterisk_database")


@dataclass
class Lab:
    """A store, and PBXs of every kind with calls of one morning; the last was at 14:30."""

    database: str
    folder: Path
    ways: ExitStack
    vendor: Vendor = field(default_factory=Vendor)

    def hub(self, kind: str, now: datetime = NOW) -> Hub:
        section = self._section(kind)
        company = {"name": "ООО «Ромашка»", "inn": "7707083893", "zone": str(ZONE)}
        config = self.folder / "hub.yaml"
        config.write_text(yaml.safe_dump({"company": company, "telephony": [section]}))
        place = Environment(config=config, home=self.folder, database_url=self.database)
        hub = self.ways.enter_context(open_hub(place, clock=lambda: now))
        with hub.engine.begin() as connection:
            for table in ("crm.interaction", "crm.call", "crm.employee", "hub.call_leg"):
                connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text("DELETE FROM hub.cursor"))
        return hub

    def _section(self, kind: str) -> dict[str, Any]:
        named = {"name": "office", "zone": str(ZONE)}
        if kind == "asterisk_csv":
            return named | {"path": str(self._log())}
        if kind == "asterisk_database":
            return named | {"kind": kind, "database": self._rows()}
        self.vendor = vendor = opened(kind)
        url = self.ways.enter_context(ScriptedServer([vendor])).url
        return named | vendor.options() | {"url": url}

    def _log(self) -> Path:
        path = self.folder / "Master.csv"
        lines = (
            LOG.format(to=to, key=key, start=f"2026-01-31 14:{at}:00", end=f"2026-01-31 14:{at}:59")
            for to, key, at in (("101", "1.1", "00"), ("102", "2.1", "30"))
        )
        path.write_text("".join(lines))
        written = (LAST + timedelta(seconds=66)).timestamp()
        os.utime(path, (written, written))
        return path

    def _rows(self) -> str:
        url = make_url(self.database)
        engine = open_engine(self.database)
        self.ways.callback(engine.dispose)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS cdr"))
            connection.execute(text(CDR))
            for to, key, at in (("101", "1.1", "14:00"), ("102", "2.1", "14:30")):
                given = {"at": f"2026-01-31 {at}", "to": f"PJSIP/{to}-00000002", "key": key}
                connection.execute(text(ROW), given)
        there = url.username, None, url.host, url.port, url.database, url.query
        return URL.create("postgresql", *there).render_as_string()


@pytest.fixture(scope="module")
def database(server: str, template: str) -> Iterator[str]:
    with copied(server, template) as url:
        yield url


@pytest.fixture
def lab(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    stamina.set_testing(True, attempts=2, cap=True)
    monkeypatch.setenv("PBX_KEY", KEY)
    monkeypatch.setenv("PBX_SECRET", SECRET)
    with ExitStack() as ways:
        yield Lab(database, tmp_path, ways)
    stamina.set_testing(False)


def told(hub: Hub) -> dict[str, Finding]:
    return {one.code or one.text: one for one in check_systems(hub)}


def any_of(found: dict[str, Finding], words: str) -> bool:
    return any(words in one.text for one in found.values())


@pytest.mark.requirement("R97")
@pytest.mark.parametrize("kind", KINDS)
def test_each_pbx_is_told_reached_with_its_clock_its_last_call_and_its_strangers(
    lab: Lab, kind: str
) -> None:
    hub = lab.hub(kind)
    found = told(hub)
    assert any_of(found, "отвечает")
    assert any_of(found, "часы АТС") or kind == "asterisk_database"
    assert any_of(found, "последний звонок начался 31.01.2026 14:30")
    assert found["unknown_extensions"].text == "внутренние номера без сотрудника: 101, 102"


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_call_of_each_pbx_gets_old(lab: Lab, kind: str) -> None:
    found = told(lab.hub(kind, NOW + timedelta(days=3)))
    stale = {"stale_calls", "no_calls"} & found.keys()
    assert stale or kind == "mango"
    assert all(found[code].next_step for code in stale)


@pytest.mark.requirement("R97")
def test_of_a_report_that_is_not_ready_the_check_tells_what_was_read_before(lab: Lab) -> None:
    hub = lab.hub("mango")
    lab.vendor.patience = 9  # type: ignore[attr-defined]
    assert not any_of(told(hub), "последний звонок")
    lab.vendor.patience = 0  # type: ignore[attr-defined]
    for minutes in range(3):
        pull_every_pbx(hub.engine, hub.settings.telephony, lambda at=minutes: later(at))  # type: ignore[misc]
    lab.vendor.patience = 9  # type: ignore[attr-defined]
    found = told(hub)
    assert any_of(found, "отчет готовит")
    assert any_of(found, "последний звонок начался 31.01.2026 14:30")
    assert found["unknown_extensions"].text == "внутренние номера без сотрудника: 101, 102"


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=2 * minutes)
