"""What is decided of rules, clients, letters and departments where they wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from tests.flow.web_pages.care_room import (
    HOSTILE,
    NOW,
    Care,
    care_of,
    fields_of_form,
    put_aside,
)

from provodka.connectors.crm_store import conflicts, parked
from provodka.connectors.crm_store.parked import Parked
from provodka.dashboards.web.people.roles import Role


@pytest.fixture(scope="module")
def care(server: str, template: str) -> Iterator[Care]:
    """One company for all tests of this file; each makes matters of its own."""
    with care_of(server, template) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_waits(care: Care) -> None:
    for table in ("quarantine", "conflict", "parked", "outbox", "rule_health", "duplicate"):
        care.execute(f"DELETE FROM hub.{table}")
    care.execute("UPDATE crm.message SET needs_person = false")


def disabled(care: Care, rule: str = "greet_client") -> None:
    care.execute(
        "INSERT INTO hub.rule_health (rule, version, failures, since, trouble, disabled_at) VALUES"
        " (:rule, 'v', 10, now(), CAST(:trouble AS jsonb), now())",
        rule=rule, trouble='{"code": "none", "found": "нет шаблона", "next_step": "верните"}',
    )  # fmt: skip


def test_a_head_switches_a_rule_on_again_and_an_accountant_cannot(care: Care) -> None:
    disabled(care)
    page = care.sit(Role.HEAD).get("/attention?section=rules").text
    assert "нет шаблона" in page
    form = fields_of_form(page, "rule_enable")
    accountant = care.sit(Role.ACCOUNTANT)
    assert "rule_enable" not in accountant.get("/attention?section=rules").text
    accountant.submit("/attention", form)
    assert care.carry()["refused"] == 1
    assert care.value("SELECT count(*) FROM hub.rule_health") == 1
    page = care.sit(Role.HEAD).get("/attention?section=rules").text
    assert care.press(page, "rule_enable") == "правило «greet_client» включено"
    assert care.value("SELECT count(*) FROM hub.rule_health") == 0


def test_a_document_that_waits_for_its_parent_says_for_whom_and_how_long(care: Care) -> None:
    with care.engine.begin() as connection:
        parked.park(connection, [Parked("onec:payment_bank", "п-1", "invoice", "с-1", {})])
    care.execute("UPDATE hub.parked SET since = :at", at=NOW - timedelta(days=5, hours=2))
    page = care.sit(Role.ENGINEER).get("/attention?section=parked").text
    assert "ждет: счет с-1; еще не приходил" in page
    assert "5 д 2 ч" in page


def alike(care: Care) -> tuple[UUID, UUID]:
    first, second = sorted((care.client("ООО Ландыш"), care.client("Ландыш ООО")))
    care.execute(
        "INSERT INTO hub.duplicate (first, second, score, reasons) VALUES (:first, :second, 80,"
        " '[{\"code\": \"inn_same\", \"what\": \"7707083893\"}]')",
        first=first, second=second,
    )  # fmt: skip
    return first, second


@pytest.mark.requirement("R76")
def test_two_cards_of_one_client_become_one_under_the_persons_name(care: Care) -> None:
    first, second = alike(care)
    page = care.sit(Role.HEAD).get("/attention?section=duplicates").text
    assert "80 из 100" in page
    said = care.press(page, "clients_join")
    assert "Объединены" in said
    merged = care.rows("SELECT id, merged_into_id FROM crm.client WHERE id = :id", id=second)[0]
    assert merged.merged_into_id == first
    assert care.value("SELECT who FROM hub.client_merge WHERE dropped = :id", id=second) == (
        "person:Анна Чтец"
    )


def test_two_clients_that_are_not_one_are_not_proposed_again(care: Care) -> None:
    alike(care)
    page = care.sit(Role.ACCOUNTANT).get("/attention?section=duplicates").text
    assert "это разные клиенты" in care.press(page, "clients_apart", reason="отец и сын")
    assert "clients_join" not in care.reader.get("/attention?section=duplicates").text


def test_a_letter_of_nobody_gets_its_client(care: Care) -> None:
    owner = care.client("ООО Василек", inn="7707083893")
    letter = care.insert(
        "message", "mail", direction="incoming", status="received", subject=HOSTILE,
        sender="ivan@example.ru", needs_person=True, linked_by="unknown",
    )  # fmt: skip
    page = care.sit(Role.HEAD).get("/attention?section=letters").text
    assert HOSTILE not in page
    assert care.press(page, "letter_link", client="7707083893") == "писем отнесено к клиенту: 1"
    row = care.rows("SELECT client_id, linked_by FROM crm.message WHERE id = :id", id=letter)[0]
    assert (row.client_id, row.linked_by) == (owner, "person:Анна Чтец")


def test_a_report_that_does_not_balance_is_named_with_what_does_not(care: Care) -> None:
    care.execute(
        "INSERT INTO report.catalog (name, title, definition, columns, breakdowns, views, trusted,"
        " why_not) VALUES ('sales', 'Продажи', '', '{}', '[]', '[]', false, 'не сходится: 1 и 2')"
        " ON CONFLICT (name) DO UPDATE SET trusted = false, why_not = excluded.why_not"
    )
    page = care.sit(Role.HEAD).get("/attention?section=reports").text
    assert "Продажи" in page
    assert "не сходится: 1 и 2" in page
    assert fields_of_form(page, "reports_check")["deed"] == "reports_check"
    care.execute("DELETE FROM report.catalog WHERE name = 'sales'")


def test_whoever_sees_some_departments_alone_sees_their_disputes_and_nobody_elses(
    care: Care,
) -> None:
    top, below = (care.insert("department", name=name) for name in ("Опт", "Опт, север"))
    care.execute("UPDATE crm.department SET parent_id = :top WHERE id = :id", top=top, id=below)
    mine = care.insert("employee", name="Свой", role="manager", department_id=below)
    clients = [care.client("ООО Наш", responsible_id=mine), care.client("ООО Чужой")]
    with care.engine.begin() as connection:
        for one in clients:
            conflicts.record(
                connection, stream="onec:client", kind="client", document=one, field="phone",
                sides=["+79120000000", "+79120000001", "+79120000002"],
            )  # fmt: skip
    put_aside(care, "чужое")
    care.sit(Role.HEAD, departments=[top])
    page = care.reader.get("/attention?section=conflicts").text
    assert "ООО Наш" in page
    assert "ООО Чужой" not in page
    assert "чужое" not in care.reader.get("/attention?section=aside").text
