"""Rules in words, their versions and who answers for them, what they did and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.flow.web_pages.care_room import Care, care_of, fields_of_form

from provodka.dashboards.insight.rule_words import differences
from provodka.dashboards.web.people.roles import Role
from provodka.flows.triggers.apply import apply_triggers
from provodka.flows.triggers.publishing import register
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.trigger_rules.book import RuleBook

DEAR = """
rules:
  - name: dear_deal
    title: Дорогая сделка
    when: {event: deal_closed, of: won}
    if: deal.amount > AMOUNT
    do:
      - create_task: {subject: Позвонить, kind: call, due: {working_days: 1}}
"""


@pytest.fixture
def care(server: str, template: str) -> Iterator[Care]:
    """A company whose rules need a person's approval."""
    with care_of(server, template, {"rules_approval": True}) as opened:
        with opened.engine.begin() as connection:
            sync_scenarios(connection, opened.hub.book, at_once=False)
        yield opened


@pytest.fixture
def free(server: str, template: str) -> Iterator[Care]:
    """A company whose files of rules are in force as they are."""
    with care_of(server, template) as opened:
        with opened.engine.begin() as connection:
            sync_scenarios(connection, opened.hub.book)
        yield opened


def deal(care: Care) -> UUID:
    """A deal that the rules have heeded."""
    client = care.client("ООО Ландыш", email="a@b.ru")
    manager = care.insert("employee", name="Котов Илья", role="manager")
    key = care.insert("deal", title="Вода", client_id=client, scenario="romashka",
                      stage="info_letter", responsible_id=manager)  # fmt: skip
    hub = care.hub
    apply_triggers(hub.engine, hub.book, hub.calendar, hub.clock())
    return key


def test_rules_are_told_in_words_with_the_stages_of_their_scenario(free: Care) -> None:
    page = free.sit(Role.HEAD).get("/rules").text
    assert "Информационное письмо → Подготовка предложения → Счет" in page
    assert "Сделка вошла в этап «Информационное письмо»" in page
    assert "если proposal.amount &gt; 100000" in page
    assert "Документ проведен (КП)" in page
    assert "Отправить письмо по шаблону: куда клиенту, шаблон info_letter" in page
    assert "Перевести сделку на этап: куда «Отгрузка»" in page
    assert "Поставить задачу: тема «Перезвонить клиенту», вид звонок" in page
    assert page.count(">действует<") == len(free.hub.book.rules)


def test_what_a_rule_did_is_counted_and_listed_with_the_way_to_why(free: Care) -> None:
    key = deal(free)
    free.execute("UPDATE hub.effect SET at = :at", at=free.moment[0])
    page = free.sit(Role.HEAD).get("/rules/greet_client").text
    assert f'<a href="/documents/deal/{key}">' in page
    assert "отправить письмо" in page
    why = page.partition('href="/rules/why?effect=')[2].partition('"')[0]
    told = free.reader.get(f"/rules/why?effect={why}").text
    assert "сработало" in told
    assert "сделано: отправить письмо" in told
    row = free.reader.get("/rules").text.partition("/rules/greet_client")[2].partition("</tr>")[0]
    assert row.rstrip().endswith("1</td>")


def test_a_rule_that_stayed_silent_says_which_part_of_its_condition_was_false(
    free: Care,
) -> None:
    key = deal(free)
    free.execute(
        "INSERT INTO crm.proposal (client_id, deal_id, amount, posted)"
        " SELECT client_id, id, 500, true FROM crm.deal WHERE id = :id", id=key,
    )  # fmt: skip
    number = free.value("SELECT number FROM crm.proposal")
    page = free.sit(Role.ENGINEER).get(f"/rules/why?what={number}&rule=proposal_alert").text
    assert "нет, условие неверно" in page
    assert "proposal.amount = 500" in page


def test_a_document_that_is_not_there_is_explained(free: Care) -> None:
    answer = free.sit(Role.HEAD).get("/rules/why?what=НЕТ-1")
    assert answer.status_code == 422
    assert "Что делать" in answer.text
    assert free.reader.get("/rules/no_such_rule").status_code == 404


def test_where_files_are_in_force_there_is_nothing_to_approve(free: Care) -> None:
    page = free.sit(Role.HEAD).get("/rules/greet_client").text
    assert "Файлы правил действуют сразу" in page
    assert "rule_approve" not in page
    form = {"deed": "rule_approve", "rule": "greet_client"}
    free.reader.submit("/rules", form)
    assert free.carry()["refused"] == 1


@pytest.mark.requirement("R56")
def test_a_head_approves_a_draft_and_puts_it_in_force_under_their_own_name(care: Care) -> None:
    page = care.sit(Role.HEAD).get("/rules/greet_client").text
    assert "черновик" in page
    assert "утверждена" in care.press(page, "rule_approve")
    page = care.reader.get("/rules/greet_client").text
    assert "утвердил Анна Чтец" in page
    assert "действует" in care.press(page, "rule_activate")
    row = care.rows("SELECT * FROM hub.rule_release WHERE rule = 'greet_client'")[0]
    assert (row.state, row.approved_by, row.activated_by) == ("active", "Анна Чтец", "Анна Чтец")
    page = care.reader.get("/rules/greet_client").text
    assert "снята" in care.press(page, "rule_retire")


@pytest.mark.requirement("R56")
def test_an_accountant_can_approve_nothing(care: Care) -> None:
    page = care.sit(Role.HEAD).get("/rules/greet_client").text
    form = fields_of_form(page, "rule_approve")
    accountant = care.sit(Role.ACCOUNTANT)
    assert accountant.get("/rules").status_code == 403
    assert accountant.submit("/rules", form).status_code == 403
    accountant.submit("/attention", form)
    assert care.carry()["refused"] == 1
    state = "SELECT state FROM hub.rule_release WHERE rule = 'greet_client'"
    assert care.value(state) == "draft"


def test_a_new_draft_is_shown_beside_what_is_in_force(care: Care, tmp_path: Path) -> None:
    for amount in (100, 250):
        file = tmp_path / "dear.yaml"
        file.write_text(DEAR.replace("AMOUNT", str(amount)), encoding="utf-8")
        with care.engine.begin() as connection:
            register(connection, RuleBook.load([file]), at_once=False)
        if amount == 100:
            care.execute(
                "UPDATE hub.rule_release SET state = 'active', approved_by = 'x',"
                " drafted_at = drafted_at - interval '1 day' WHERE rule = 'dear_deal'"
            )
    page = care.sit(Role.HEAD).get("/rules/dear_deal").text
    assert "Чем отличается от действующей" in page
    assert '<span class="was">deal.amount &gt; 100</span>' in page
    assert '<span class="became">deal.amount &gt; 250</span>' in page


def test_effects_follow_each_other_page_by_page(free: Care) -> None:
    key = deal(free)
    for number in range(70):
        free.execute(
            "INSERT INTO hub.effect (key, rule, rule_version, action, kind, document, made, at)"
            " VALUES (:key, 'call_back', 'v', 'CreateTask', 'deal', :id, '{}', :at)",
            key=f"k{number:02}", id=key, at=free.moment[0] - timedelta(seconds=number // 2),
        )  # fmt: skip
    free.sit(Role.ENGINEER)
    page = free.reader.get("/rules/call_back").text
    more = page.partition('<p class="more"><a class="btn" href="')[2].partition('"')[0]
    second = free.reader.get(more.replace("&amp;", "&")).text
    seen = [text.count('href="/rules/why?effect=k') for text in (page, second)]
    assert sum(seen) == 70
    assert max(seen) <= 50


def test_versions_differ_where_they_say_different_things_and_nowhere_else() -> None:
    told = differences('{"a": 1, "b": {"c": [1, 2]}}', '{"a": 1, "b": {"c": [1, 3]}, "d": "x"}')
    assert [(one.place, one.before, one.after) for one in told] == [
        ("b.c 2", "2", "3"),
        ("d", "", "x"),
    ]
