"""Each kind of drift is found with its reason, and mended; what agrees is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS, Neighbours

from provodka.connectors.crm_store import sweeps
from provodka.connectors.onec.odata.client import ODataBase
from provodka.flows.clients.merging import merge
from provodka.flows.hub import Hub
from provodka.flows.onec.following.guarding import trusting
from provodka.flows.onec.sweeping.report import Swept
from provodka.flows.onec.sweeping.running import sweep

Found = dict[str, dict[tuple[str, str], int]]
WRITTEN = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS rows FROM pg_stat_user_tables
    WHERE schemaname IN ('crm', 'hub', 'report')
"""


@pytest.fixture(scope="module", autouse=True)
def paid(hub: Hub, company: Company, sandbox: Neighbours) -> None:
    """An invoice in 1C, its payment and its shipment here."""
    run(hub, "accounting")
    key = company.bill(company.deal())
    settle(hub)
    sandbox.pay(company.number(key))
    sandbox.ship(company.number(key))
    run(hub, "accounting")


@pytest.fixture(autouse=True)
def agreeing(hub: Hub, paid: None) -> Iterator[None]:
    """Nothing differs after a test, and so before the next one."""
    yield
    assert swept(hub) == {}


def reports(hub: Hub, *names: str, mends: bool = False) -> list[Swept]:
    heard: list[Swept] = []
    sweep(hub, names, mends=mends, heard=heard.append)
    assert all(one.compared for one in heard)
    return heard


def swept(hub: Hub, *names: str, mends: bool = False) -> Found:
    """What was found, by stream; nothing for streams that agree."""
    return {one.stream: dict(one.found) for one in reports(hub, *names, mends=mends) if one.found}


def mended(hub: Hub, name: str) -> Swept:
    [report] = reports(hub, name, mends=True)
    assert report.left == Counter(), report
    return report


def clients(company: Company, sandbox: Neighbours) -> Iterator[dict[str, Any]]:
    """Clients of 1C that no other test touches: those without deals."""
    return (one for one in reversed(sandbox.rows(CLIENTS, "IsFolder eq false")))


@pytest.fixture(scope="module")
def spare(company: Company, sandbox: Neighbours) -> Iterator[dict[str, Any]]:
    return clients(company, sandbox)


def ours(company: Company, ref: str) -> Any:
    [row] = company.rows(
        "SELECT c.* FROM crm.client c JOIN hub.binding b ON b.document = c.id"
        " WHERE b.external_key = :ref",
        ref=ref,
    )
    return row


def erase(sandbox: Neighbours, set_name: str, ref: str) -> None:
    sandbox.onec.delete(f"{set_name}(guid'{ref}')").raise_for_status()


@pytest.mark.requirement("R77")
def test_a_sweep_of_what_agrees_writes_nothing_but_its_report(hub: Hub, company: Company) -> None:
    def written() -> Counter[str]:
        company.rows("SELECT pg_stat_force_next_flush()")
        return Counter({row.relname: row.rows for row in company.rows(WRITTEN)})

    hub.engine.dispose()
    before = written()
    found = reports(hub, mends=True)
    hub.engine.dispose()
    assert {one.stream: (one.listed, one.bound) for one in found}["onec:client"] == (40, 40)
    assert set(written() - before) <= {"sweep", "base_schema"}


def test_what_the_hub_lacks_is_missing_and_is_pulled_by_key(
    hub: Hub, company: Company, spare: Iterator[dict[str, Any]]
) -> None:
    client = next(spare)
    known = ours(company, client["Ref_Key"])
    company.execute("DELETE FROM hub.binding WHERE document = :id", id=known.id)
    [report] = reports(hub, "client")
    assert report.found == {("missing", "new"): 1}
    assert [one.key for one in report.samples] == [client["Ref_Key"]]
    assert mended(hub, "client").mended["read"] == 1
    assert ours(company, client["Ref_Key"]).id == known.id


def test_what_the_base_has_no_more_is_extra_and_is_buried(
    hub: Hub, company: Company, sandbox: Neighbours, spare: Iterator[dict[str, Any]]
) -> None:
    client = next(spare)
    erase(sandbox, CLIENTS, client["Ref_Key"])
    assert swept(hub) == {"onec:client": {("extra", "gone"): 1}}
    assert mended(hub, "client").mended["deleted"] == 1
    assert ours(company, client["Ref_Key"]).deleted_at is not None


def test_what_was_changed_there_and_not_taken_is_different_and_is_pulled(
    hub: Hub, company: Company, sandbox: Neighbours, spare: Iterator[dict[str, Any]]
) -> None:
    client = next(spare)
    sandbox.patch(CLIENTS, client["Ref_Key"], Description="Новое имя")
    assert swept(hub) == {"onec:client": {("different", "version"): 1}}
    mended(hub, "client")
    assert ours(company, client["Ref_Key"]).name == "Новое имя"


def test_a_mark_of_deletion_that_was_lost_here_comes_back(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    [receipt] = sandbox.rows(RECEIPTS)
    company.execute("UPDATE crm.payment SET deleted_at = now()", origin="onec")
    assert swept(hub) == {"onec:payment_bank": {("different", "mark"): 1}}
    mended(hub, "payment_bank")
    assert company.value("SELECT deleted_at FROM crm.payment") is None
    assert receipt["DeletionMark"] is False


def test_what_was_changed_here_behind_1cs_back_is_found_by_content_and_taken_back(
    hub: Hub, company: Company
) -> None:
    company.execute("UPDATE crm.payment SET purpose = 'Подарок'")
    company.execute("UPDATE crm.shipment_lines SET quantity = quantity + 1")
    assert swept(hub) == {
        "onec:payment_bank": {("different", "fields"): 1},
        "onec:shipment": {("different", "fields"): 1},
    }
    [report] = reports(hub, "shipment")
    assert [one.fields for one in report.samples] == [("lines.1.quantity",)]
    mended(hub, "payment_bank")
    mended(hub, "shipment")
    assert company.value("SELECT purpose FROM crm.payment") != "Подарок"


def test_a_sweep_does_not_wait_for_whoever_is_writing(hub: Hub, company: Company) -> None:
    company.execute("UPDATE crm.payment SET purpose = 'Подарок'")
    with hub.engine.begin() as writing:
        writing.execute(text("SELECT id FROM crm.payment FOR UPDATE"))
        assert swept(hub, "payment_bank") == {"onec:payment_bank": {("different", "fields"): 1}}
    mended(hub, "payment_bank")


def test_a_change_that_nobody_queued_is_not_sent_and_is_queued(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    company.execute("UPDATE crm.invoice_lines SET price = price + 1")
    assert swept(hub) == {}, "what the journal's reader has not come to yet is not late"
    run(hub, "invoices")
    assert swept(hub) == {}, "what waits in the outbox is on its way"
    company.execute("DELETE FROM hub.outbox WHERE state = 'waiting'")
    assert swept(hub) == {"onec:invoice": {("not_sent", "changed"): 1}}
    assert mended(hub, "invoice").mended["queued"] == 1
    settle(hub)
    [invoice] = sandbox.rows(INVOICES)
    assert invoice["Товары"][0]["Цена"] == company.value("SELECT price FROM crm.invoice_lines")


def test_an_invoice_that_nobody_queued_is_not_sent_and_is_queued(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    run(hub, "invoices")
    company.execute("DELETE FROM hub.outbox WHERE document = :key", key=key)
    [report] = reports(hub, "invoice")
    assert [(one.what, one.why, one.document) for one in report.samples] == [
        ("not_sent", "never", key)
    ]
    mended(hub, "invoice")
    settle(hub)
    assert sandbox.invoice(company.number(key))
    run(hub, "accounting")


def test_what_1c_has_refused_is_told_and_left_to_people(hub: Hub, company: Company) -> None:
    client = company.buyers[-1].id
    company.execute("UPDATE crm.client SET name = name || '!' WHERE id = :id", id=client)
    run(hub, "invoices")
    company.execute("UPDATE hub.outbox SET state = 'dead' WHERE document = :id", id=client)
    [report] = reports(hub, "client", mends=True)
    assert report.left == {("not_sent", "refused"): 1}
    with hub.engine.connect() as connection:
        kept = {one["stream"]: one["drift"] for one in sweeps.last(connection)}
    assert kept["onec:client"] == 0
    company.execute("UPDATE hub.outbox SET state = 'waiting' WHERE state = 'dead'")
    settle(hub)


def test_a_document_whose_row_was_removed_comes_back(
    hub: Hub, company: Company, spare: Iterator[dict[str, Any]]
) -> None:
    client = next(spare)
    known = ours(company, client["Ref_Key"])
    for table in ("contract", "delivery_point", "contact"):
        company.execute(f"DELETE FROM crm.{table} WHERE client_id = :id", id=known.id)
    company.execute("DELETE FROM crm.client WHERE id = :id", id=known.id)
    found = swept(hub)
    assert found["onec:client"] == {("missing", "removed"): 1}
    assert sum(found["onec:contract"].values()) >= 1
    mended(hub, "client")
    mended(hub, "contract")
    assert ours(company, client["Ref_Key"]).name == known.name


def test_what_is_set_aside_is_missing_with_that_reason_and_stays_so(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    made = sandbox.create(
        CLIENTS,
        Description="Сломанный",
        ИНН="1234567890",
        ЮридическоеФизическоеЛицо="ЮридическоеЛицо",
    )
    run(hub, "catalogs")
    [report] = reports(hub, "client", mends=True)
    assert report.found == report.left == {("missing", "set_aside"): 1}
    sandbox.patch(CLIENTS, made["Ref_Key"], ИНН="7707083893")
    mended(hub, "client")


def test_clients_that_were_merged_are_not_compared(
    hub: Hub, company: Company, spare: Iterator[dict[str, Any]]
) -> None:
    kept, dropped = (ours(company, next(spare)["Ref_Key"]).id for _one in range(2))
    with hub.engine.begin() as connection:
        merge(connection, kept, dropped, "person:Котов")
    settle(hub)
    assert swept(hub) == {}


def test_a_shrunken_base_is_told_and_nothing_is_deleted_until_it_is_allowed(
    hub: Hub, company: Company, sandbox: Neighbours, spare: Iterator[dict[str, Any]]
) -> None:
    assert hub.settings.onec
    onec = hub.settings.onec.model_copy(update={"deletes_max": 1})
    strict = replace(hub, settings=hub.settings.model_copy(update={"onec": onec}))
    for client in (next(spare) for _one in range(3)):
        erase(sandbox, CLIENTS, client["Ref_Key"])
    [report] = reports(strict, "client", mends=True)
    assert report.left == {("extra", "not_listed"): 3}
    assert "--allow-deletes" in report.note
    assert mended(trusting(strict), "client").mended["deleted"] == 3


def test_an_empty_answer_is_no_reason_to_delete(
    hub: Hub, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ODataBase.read_pages

    def empty(base: ODataBase, set_name: str, query: Any) -> Any:
        listing = query.select[:3] == ("Ref_Key", "DataVersion", "DeletionMark")
        whole = listing and len(query.select) <= 4
        return iter(()) if whole else read(base, set_name, query)

    with monkeypatch.context() as patched:
        patched.setattr(ODataBase, "read_pages", empty)
        [report] = reports(trusting(hub), "client", mends=True)
    assert (report.found, report.out_of_filter) == ({}, report.bound - buried(company))


def buried(company: Company) -> int:
    return int(
        company.value(
            "SELECT count(*) FROM hub.binding b JOIN crm.client c ON c.id = b.document"
            " WHERE b.system = 'onec' AND c.deleted_at IS NOT NULL"
        )
    )


def test_what_sync_agrees_on_while_the_base_is_listed_is_no_drift(
    hub: Hub, company: Company, sandbox: Neighbours, spare: Iterator[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    client, read = next(spare), ODataBase.read_pages

    def slow(base: ODataBase, set_name: str, query: Any) -> Any:
        yield from read(base, set_name, query)
        if set_name == CLIENTS and query.select[:3] == ("Ref_Key", "DataVersion", "DeletionMark"):
            monkeypatch.undo()
            sandbox.patch(CLIENTS, client["Ref_Key"], Description="Правка на ходу")
            run(replace(hub, clock=lambda: datetime.now(UTC) + timedelta(days=2)), "catalogs")

    monkeypatch.setattr(ODataBase, "read_pages", slow)
    assert swept(hub, "client") == {}
    assert ours(company, client["Ref_Key"]).name == "Правка на ходу"


def test_a_set_that_was_not_read_yet_is_not_compared(hub: Hub, company: Company) -> None:
    forget = "UPDATE hub.cursor SET position = position || CAST(:place AS jsonb) WHERE stream = :s"
    company.execute(forget, place='{"complete": false}', s="onec:product")
    heard: list[Swept] = []
    assert sweep(hub, ("product",), heard=heard.append)["postponed"] == 1
    assert (heard[0].compared, bool(heard[0].note)) == (False, True)
    company.execute(forget, place='{"complete": true}', s="onec:product")


def test_a_set_whose_hours_are_not_now_is_left_for_them(hub: Hub) -> None:
    base = hub.require_base()
    local = datetime.now(UTC).astimezone(hub.base_zone)
    start, end = local + timedelta(hours=2), local + timedelta(hours=3)
    hours = type(base.settings.heavy_hours).parse([f"{start:%H:%M}-{end:%H:%M}"])
    busy = replace(base.settings, heavy_hours=hours)
    with ODataBase(busy) as other:
        heard: list[Swept] = []
        sweep(replace(hub, base=other), ("client",), heard=heard.append)
    assert f"{start:%H:%M}" in heard[0].note


def test_the_last_report_of_each_stream_is_kept(hub: Hub) -> None:
    reports(hub, "client", "product")
    with hub.engine.connect() as connection:
        kept = {one["stream"]: one for one in sweeps.last(connection)}
        assert connection.execute(text("SELECT count(*) FROM hub.sweep")).scalar_one() > len(kept)
    assert kept["onec:product"]["found"] == {}
    assert kept["onec:product"]["listed"] == kept["onec:product"]["bound"]
