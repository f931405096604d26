"""A large first load: one process reads, another writes, and nobody can tell from the result."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.e2e.company import Company
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours

from provodka.connectors.crm_store import cursors
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.onec.loading import whole
from provodka.flows.onec.loading.assistant import Assistant
from provodka.flows.onec.loading.batch import Batch, Task
from provodka.flows.onec.loading.frames import receive
from provodka.flows.onec.pulling import pull_mappings, taking_for
from provodka.flows.onec.taking import stream_of, take_prepared
from provodka.flows.settings import Environment
from provodka.mappings.catalog import load_mappings

INVOICES_THERE = 260


@pytest.fixture(scope="module", autouse=True)
def _small_pages() -> Iterator[None]:
    """Everything else may be as it comes; a page must be small to have many of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(whole, "LARGE", 20)
        patched.setattr(
            Assistant, "ready", property(lambda one: one._version.result() == one._mapping.version)
        )
        yield


@pytest.fixture
def environment(environment: Environment) -> Environment:
    config = environment.config
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("onec:\n", "onec:\n  page_mb: 0.05\n"), encoding="utf-8")
    return environment


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """The pages that came from the other process, as they came."""
    came: list[Batch] = []
    pages = Assistant.pages

    def noted(self: Assistant, task: Task) -> Iterator[Batch]:
        for batch in pages(self, task):
            came.append(batch)
            yield batch

    monkeypatch.setattr(Assistant, "pages", noted)
    return came


def fill(sandbox: Neighbours, count: int = INVOICES_THERE) -> None:
    sandbox.bulk(count)


def load(hub: Hub) -> dict[str, int]:
    return dict(pull_mappings(hub, hub.engine, ("invoice",)))


def stored(company: Company) -> tuple[Any, ...]:
    """Documents, sum, lines, deltas and bindings: what a load leaves behind."""
    return tuple(
        company.rows(
            """SELECT (SELECT count(*) FROM crm.invoice), (SELECT sum(amount) FROM crm.invoice),
                      (SELECT count(*) FROM crm.invoice_lines),
                      (SELECT count(*) FROM hub.delta WHERE kind = 'invoice' AND part = ''),
                      (SELECT count(*) FROM hub.binding WHERE kind = 'invoice')"""
        )[0]
    )


def there(sandbox: Neighbours) -> tuple[Any, ...]:
    rows = sandbox.rows(INVOICES)
    amount = sum(round(row["СуммаДокумента"] * 100) for row in rows)
    return len(rows), amount, sum(len(row["Товары"]) for row in rows), len(rows), len(rows)


def same_as_there(company: Company, sandbox: Neighbours) -> bool:
    count, amount, *others = stored(company)
    return (count, round(amount * 100), *others) == there(sandbox)


@pytest.mark.requirement("R28")
def test_every_invoice_is_stored_once_whichever_process_has_read_it(
    hub: Hub, company: Company, sandbox: Neighbours, batches: list[Batch]
) -> None:
    fill(sandbox)
    counts = load(hub)
    assert counts == {"read": INVOICES_THERE, "new": INVOICES_THERE}
    assert same_as_there(company, sandbox)
    assert len(batches) > 2
    assert all(batch.prepared is not None for batch in batches)
    assert load(hub)["same"] == INVOICES_THERE


def test_what_does_not_fit_is_set_aside_and_what_waits_is_parked_by_the_other_process_too(
    hub: Hub, company: Company, sandbox: Neighbours, batches: list[Batch]
) -> None:
    fill(sandbox)
    last = max(sandbox.rows(INVOICES), key=lambda row: row["Date"])
    own = ("Ref_Key", "DataVersion", "Code", "ИНН", "Description", "НаименованиеПолное")
    client = {k: v for k, v in sandbox.rows(CLIENTS)[-1].items() if k not in own}
    stranger = sandbox.create(CLIENTS, **client, Description="Пришел позже")
    shared = {name: last[name] for name in ("Date", "Организация_Key", "ВидОперации", "Товары")}
    shared |= {"ВалютаДокумента_Key": last["ВалютаДокумента_Key"], "СуммаВключаетНДС": True}
    sandbox.create(INVOICES, **shared, Контрагент_Key=stranger["Ref_Key"])
    wrong = [{**line, "СтавкаНДС": "НДС18"} for line in last["Товары"]]
    sandbox.create(INVOICES, **shared | {"Товары": wrong}, Контрагент_Key=last["Контрагент_Key"])
    counts = load(hub)
    assert counts["new"] == INVOICES_THERE
    assert (counts["parked"], counts["set_aside"]) == (1, 1)
    prepared = [batch.prepared for batch in batches if batch.prepared]
    assert sum(len(one.misfits) for one in prepared) == 1
    assert sum(len(one.waiting) for one in prepared) == 1
    [aside] = company.rows("SELECT * FROM hub.quarantine WHERE stream = 'onec:invoice'")
    assert "НДС18" in str(aside)
    pull_mappings(hub, hub.engine, ("client",))
    assert company.value("SELECT count(*) FROM crm.invoice") == INVOICES_THERE + 1


def test_a_reader_that_is_killed_costs_nothing_but_time(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sandbox)
    pages, came = Assistant.pages, 0

    def killed(self: Assistant, task: Task) -> Iterator[Batch]:
        nonlocal came
        for batch in pages(self, task):
            came += 1
            yield batch
            self._process.kill()
            self._process.wait()

    monkeypatch.setattr(Assistant, "pages", killed)
    assert load(hub)["new"] == INVOICES_THERE
    assert 1 <= came < 4
    assert same_as_there(company, sandbox)


def test_a_load_that_was_interrupted_goes_on_from_the_last_page_stored(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sandbox)
    store, taken = whole._store, 0

    def interrupted(*given: Any) -> Any:
        nonlocal taken
        taken += isinstance(given[-1], Batch)
        if taken == 2:
            raise KeyboardInterrupt
        return store(*given)

    with monkeypatch.context() as patched:
        patched.setattr(whole, "_store", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load(hub)
    with hub.engine.connect() as connection:
        position = cursors.read(connection, stream_of(hub.mappings["invoice"])) or {}
    before = company.value("SELECT count(*) FROM crm.invoice")
    assert 0 < before == position["skip"] < INVOICES_THERE
    assert load(hub)["new"] == INVOICES_THERE - before
    assert same_as_there(company, sandbox)


def test_a_page_that_another_writer_has_overtaken_is_read_anew(
    hub: Hub, company: Company, sandbox: Neighbours, batches: list[Batch]
) -> None:
    fill(sandbox)
    load(hub)
    mapping, before = hub.mappings["invoice"], stored(company)
    [late, *_others] = batches
    assert late.prepared is not None
    with hub.engine.begin() as connection:
        counts = take_prepared(
            connection, taking_for(hub, [mapping]), mapping, late.prepared, lambda: late.rows
        )
    assert counts["same"] == counts["read"] == late.prepared.read
    assert stored(company) == before


def test_a_reader_that_goes_by_another_mapping_is_not_asked(hub: Hub) -> None:
    assert hub.environment is not None
    changed = replace(hub.mappings["invoice"], version="another")
    with Assistant(hub.environment, changed) as assistant:
        assert not assistant.ready


def test_a_plan_is_made_by_one_process(
    hub: Hub, company: Company, sandbox: Neighbours, batches: list[Batch]
) -> None:
    from provodka.flows.work import Rehearsal

    fill(sandbox)
    before = stored(company)
    with Rehearsal.on(hub.engine) as rehearsal:
        assert pull_mappings(hub, rehearsal, ("invoice",))["new"] == INVOICES_THERE
    assert batches == []
    assert stored(company) == before


def test_a_mapping_that_is_not_as_declared_is_read_by_one_process(
    hub: Hub, company: Company, sandbox: Neighbours, batches: list[Batch]
) -> None:
    fill(sandbox)
    without = replace(hub.mappings["invoice"])
    query = Query(select=without.select)
    taking = taking_for(hub, [without])
    counts = whole.store_whole(hub, hub.engine, without, taking, query, lambda *_page: None)
    assert (counts["new"], batches) == (INVOICES_THERE, [])
    assert same_as_there(company, sandbox)


def test_a_reader_ends_when_its_parent_hangs_up(environment: Environment) -> None:
    command = [sys.executable, "-m", "provodka.flows.onec.loading.reader", "invoice"]
    pipe = subprocess.PIPE
    told = os.environ | environment.told()
    with subprocess.Popen(command, env=told, stdin=pipe, stdout=pipe, stderr=pipe) as reader:
        assert reader.stdout is not None
        assert receive(reader.stdout) == load_mappings()["invoice"].version
        rest, _said = reader.communicate(timeout=20)
    assert rest == b""
    assert reader.returncode != 0
