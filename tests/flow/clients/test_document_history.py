"""Every version of a document: who changed what, when and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours
from tests.flow.cli_program import Run, add_deal, document, program

from provodka.connectors.crm_store import journal
from provodka.dashboards.insight.versions import History, Version, history
from provodka.flows.clients.merging import merge
from provodka.flows.clients.undoing import unmerge
from provodka.flows.hub import Hub
from provodka.foundation.errors import DocumentError


def told(version: Version) -> dict[str, tuple[Any, Any]]:
    return {
        change.field: (change.before, change.after)
        for entry in version.entries
        for change in entry.fields
        if not entry.part
    }


def of(company: Company, kind: str, key: UUID) -> History:
    with company.engine.connect() as connection:
        return history(connection, kind, str(key))


@pytest.mark.requirement("R77")
def test_an_invoice_tells_what_a_person_1c_and_a_rule_have_made_of_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    deal = company.deal()
    invoice = company.bill(deal)
    settle(hub)
    there = sandbox.invoice(company.number(invoice))
    comment = there["Комментарий"].replace("До подъезда", "Со двора")
    sandbox.patch(INVOICES, there["Ref_Key"], Комментарий=comment)
    run(hub, "accounting")
    with company.engine.begin() as connection:
        cause = connection.execute(text("SELECT max(id) FROM hub.delta")).scalar_one()
        journal.attribute(connection, "rule:remind", cause, 1)
        change = "UPDATE crm.invoice SET due_date = '2026-12-01' WHERE id = :id"
        connection.execute(text(change), {"id": invoice})
    found = of(company, "invoice", invoice)
    first, *others = found.versions
    assert [version.number for version in found.versions] == list(range(1, len(others) + 2))
    assert (first.op, first.why.sort, first.why.name) == ("insert", "person", "Котов")
    assert any(entry.part == "lines" for entry in first.entries)
    [taken] = [one for one in others if "comment" in told(one)]
    assert (taken.origin, taken.why.sort, taken.why.name) == ("onec", "sync", "onec")
    assert told(taken)["comment"] == ("До подъезда", "Со двора")
    last = others[-1]
    assert (last.why.sort, last.why.name, last.why.kind) == ("rule", "remind", "invoice")
    assert told(last) == {"due_date": (None, "2026-12-01")}
    assert (last.why.cause, last.why.document) == (cause, invoice)


@pytest.mark.requirement("R77")
def test_a_deal_that_a_rule_moved_names_the_rule_and_what_woke_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    deal = company.deal(stage="invoice")
    invoice = company.bill(deal)
    settle(hub)
    sandbox.pay(company.number(invoice))
    run(hub, "accounting")
    settle(hub)
    moved = [one for one in of(company, "deal", deal).versions if one.why.sort == "rule"]
    assert moved
    assert "stage" in told(moved[-1])
    assert (moved[-1].why.kind, moved[-1].why.document) == ("invoice", invoice)


@pytest.fixture
def cli(store: Engine, store_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def merged(connection: Connection) -> int:
    """The deal's client, merged into a new one; the number of the merge."""
    dropped = connection.execute(text("SELECT client_id FROM crm.deal")).scalar_one()
    new = text("INSERT INTO crm.client (name) VALUES ('Гавань') RETURNING id")
    kept = connection.execute(new).scalar_one()
    return merge(connection, kept, dropped, "Орлова").number


@pytest.mark.requirement("R77")
def test_a_merge_and_its_end_are_reasons_of_their_own(store: Engine) -> None:
    with store.begin() as connection:
        deal = add_deal(connection)
    with store.begin() as connection:
        number = merged(connection)
    with store.begin() as connection:
        unmerge(connection, number, "Котов")
    with store.connect() as connection:
        _made, moved, back = history(connection, "deal", str(deal)).versions
    assert [(one.why.sort, one.why.name, one.why.number) for one in (moved, back)] == [
        ("merge", "Орлова", number),
        ("unmerge", "Котов", number),
    ]


def test_people_read_it_as_a_table_in_words(store: Engine, cli: Run) -> None:
    with store.begin() as connection:
        deal = add_deal(connection, "person:Котов")
    with store.begin() as connection:
        journal.attribute(connection, "sql:admin")
        connection.execute(text("UPDATE crm.deal SET title = 'Столы'"))
    done = cli("history", "deal", str(deal))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert "сотрудник Котов" in done.stdout
    assert "правка вручную" in done.stdout
    assert lines[-1].split()[-3:] == ["сделки", "Стулья", "Столы"]
    assert "правка в базе" in lines[-1]


def test_machines_get_one_json_document(store: Engine, cli: Run) -> None:
    with store.begin() as connection:
        deal = add_deal(connection)
    said = document(cli("history", "deal", str(deal), "--json"))
    assert said["document"] == str(deal)
    [version] = said["versions"]
    assert version["why"]["sort"] == "person"


def test_a_kind_that_there_is_not_is_answered_with_those_there_are(cli: Run) -> None:
    done = cli("history", "invoices", "1")
    assert done.exit_code == 2
    assert "invoice, message" in done.output


def test_a_document_that_was_only_set_aside_has_no_history_yet(store: Engine) -> None:
    with store.begin() as connection:
        parked = text(
            "INSERT INTO hub.parked (stream, external_key, waits_for_kind, waits_for_key, payload)"
            " VALUES ('onec:payment', 'k', 'invoice', 'p', '{}')"
        )
        connection.execute(parked)
        with pytest.raises(DocumentError, match="ждет родителя"):
            history(connection, "payment", "k")
