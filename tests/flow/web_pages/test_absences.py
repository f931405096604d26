"""Absences are entered by those who may, tasks and rights go along, and come back (R73)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.databases import copied
from tests.flow.web_pages.away_room import DAY, Office, absence, enter
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.people.roles import Role
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.triggers.standing_in import stand_in_for_absent


@pytest.fixture(scope="module")
def standing(server: str, template: str) -> Iterator[Office]:
    """The office in a store of its own."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield Office(opened)
        opened.dispose()


@pytest.fixture(scope="module")
def house(standing: Office) -> Iterator[Reader]:
    """Its pages."""
    with open_house(house_of(standing.hub)) as opened:
        yield opened


@pytest.fixture
def office(standing: Office) -> Office:
    """The office where everybody is at work."""
    standing.execute("UPDATE crm.absence SET deleted_at = now()")
    standing.execute("UPDATE hub.person SET active = false")
    return standing


@pytest.mark.requirement("R73")
def test_one_enters_the_own_absence_and_tasks_go_to_the_substitute_and_come_back(
    house: Reader, office: Office
) -> None:
    reader = read_as(house, office.engine, Role.ANALYST, employee=office.manager)
    task = office.insert("task", subject="Позвонить", executor_id=office.manager, status="open")
    state, said = office.carried(enter(reader, absence(office, office.manager, office.head)))
    assert state == "done", said
    assert "Лунин Олег отсутствует" in said
    assert "замещает Громова Вера" in said
    assert holder(office, task) == office.head
    page = reader.get("/absences").text
    assert re.search(r'<td class="num"[^>]*>1</td>', page)
    [one] = office.absences()
    number = str(uuid4())
    ended = reader.submit(f"/absences/{one.id}/end", {"number": number})
    assert ended.status_code == 200
    assert office.carried(number) == ("done", "отсутствие Лунин Олег снято")
    assert holder(office, task) == office.manager
    assert office.absences() == []


def holder(office: Office, task: UUID) -> UUID:
    """Who has a task after the rules have run."""
    stand_in_for_absent(office.engine, office.hub.settings.zone, office.hub.clock())
    [row] = office.rows("SELECT executor_id FROM crm.task WHERE id = :id", id=task)
    found: UUID = row.executor_id
    return found


def test_an_absence_that_has_begun_ends_with_yesterday(house: Reader, office: Office) -> None:
    reader = read_as(house, office.engine, Role.HEAD)
    first = office.today - 3 * DAY
    enter(reader, absence(office, office.manager, first_day=first.isoformat()))
    carry_requests(office.hub)
    [one] = office.absences()
    number = str(uuid4())
    reader.submit(f"/absences/{one.id}/end", {"number": number})
    assert office.carried(number) == ("done", "Лунин Олег снова на работе; задачи вернутся")
    [one] = office.absences()
    assert (one.first_day, one.last_day) == (first, office.today - DAY)
    again = str(uuid4())
    reader.submit(f"/absences/{one.id}/end", {"number": again})
    assert office.carried(again)[0] == "refused"


def test_who_has_neither_role_nor_employee_enters_nothing_and_is_told_why(
    house: Reader, office: Office
) -> None:
    reader = read_as(house, office.engine, Role.ACCOUNTANT)
    page = reader.get("/absences").text
    assert "не связан с сотрудником" in page
    assert 'name="employee"' not in page
    state, said = office.carried(enter(reader, absence(office, office.manager)))
    assert state == "refused"
    assert "не вашего отдела" in said


def test_a_head_enters_for_the_own_department_and_sees_no_other(
    house: Reader, office: Office
) -> None:
    office.insert(
        "absence", employee_id=office.stranger, first_day=office.today, last_day=office.today,
        reason="операция",
    )  # fmt: skip
    reader = read_as(house, office.engine, Role.HEAD, departments=[office.south])
    page = reader.get("/absences").text
    assert "операция" not in page
    assert f'name="employee" value="{office.stranger}"' not in page
    assert office.carried(enter(reader, absence(office, office.manager)))[0] == "done"
    state, said = office.carried(enter(reader, absence(office, office.stranger)))
    assert (state, "не вашего отдела" in said) == ("refused", True)
    [foreign] = [one for one in office.absences() if one.employee_id == office.stranger]
    number = str(uuid4())
    reader.submit(f"/absences/{foreign.id}/end", {"number": number})
    assert office.carried(number)[0] == "refused"


def test_a_substitute_sees_whom_they_stand_in_for_but_not_why(
    house: Reader, office: Office
) -> None:
    office.insert(
        "absence", employee_id=office.stranger, substitute_id=office.manager,
        first_day=office.today, last_day=office.today, reason="операция",
    )  # fmt: skip
    page = read_as(house, office.engine, Role.COURIER, employee=office.manager)
    text = page.get("/absences").text
    assert "&lt;b&gt;Ким&lt;/b&gt;" in text
    assert "<b>Ким</b>" not in text
    assert "операция" not in text
    assert "/end" not in text


def test_rights_are_lent_by_their_owner_and_work_on_pages_and_in_the_hub(
    house: Reader, office: Office
) -> None:
    owner = read_as(house, office.engine, Role.HEAD, employee=office.head)
    said = office.carried(enter(owner, absence(office, office.head, office.manager, rights="yes")))
    assert (said[0], "права переданы" in said[1]) == ("done", True)
    substitute = read_as(house, office.engine, Role.ACCOUNTANT, employee=office.manager)
    number = str(uuid4())
    plan = {"year": str(office.today.year), "basis": "shipped", "number": number,
            "plan.company.3": "700", "was.company.3": ""}  # fmt: skip
    assert substitute.submit("/plans", plan).status_code == 200
    assert office.carried(number)[0] == "done"
    office.execute("UPDATE crm.absence SET rights = false")
    substitute.submit("/plans", plan)
    late = {**plan, "number": str(uuid4())}
    assert substitute.submit("/plans", late).status_code == 422


def test_a_right_that_is_gone_meanwhile_is_gone_for_the_hub_too(
    house: Reader, office: Office
) -> None:
    office.may_sign_in(office.head, "head")
    office.insert(
        "absence", employee_id=office.head, substitute_id=office.manager, rights=True,
        first_day=office.today, last_day=office.today,
    )  # fmt: skip
    substitute = read_as(house, office.engine, Role.ACCOUNTANT, employee=office.manager)
    number = enter(substitute, absence(office, office.stranger))
    office.execute("UPDATE crm.absence SET deleted_at = now()")
    assert office.carried(number)[0] == "refused"


@pytest.mark.parametrize("wide", ["roles", "departments", "lent"])
def test_a_head_cannot_lend_what_is_not_theirs(house: Reader, office: Office, wide: str) -> None:
    roles = ["accountant"] if wide == "roles" else ["head"]
    office.may_sign_in(
        office.manager, *roles, departments=() if wide == "departments" else (office.south,)
    )
    if wide == "lent":
        office.may_sign_in(office.stranger, "head")
        office.insert(
            "absence", employee_id=office.stranger, substitute_id=office.manager, rights=True,
            first_day=office.today, last_day=office.today,
        )  # fmt: skip
    reader = read_as(
        house, office.engine, Role.HEAD, employee=office.head, departments=[office.south]
    )
    wished = absence(office, office.manager, office.head, rights="yes")
    state, said = office.carried(enter(reader, wished))
    assert (state, "шире ваших" in said) == ("refused", True), said
    without = {**wished, "number": str(uuid4()), "rights": ""}
    assert office.carried(enter(reader, without))[0] == "done"


def test_an_engineer_lends_rights_to_anybody_but_themselves(house: Reader, office: Office) -> None:
    office.may_sign_in(office.head, "head")
    reader = read_as(house, office.engine, Role.ENGINEER, employee=office.manager)
    own = absence(office, office.head, office.manager, rights="yes")
    assert office.carried(enter(reader, own))[0] == "refused"
    other = absence(office, office.head, office.stranger, rights="yes")
    assert office.carried(enter(reader, other))[0] == "done"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"last": -1}, "раньше первого"),
        ({"first": -5, "last": -2}, "уже кончилось"),
        ({"first": -40}, "слишком давно"),
        ({"last": 4000}, "слишком долгое"),
        ({"substitute": "self"}, "сам себя"),
        ({"rights": "yes"}, "передать некому"),
        ({"employee": "nobody"}, "такого сотрудника нет"),
        ({"twice": "yes"}, "уже отсутствует"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    house: Reader, office: Office, changed: dict[str, Any], why: str
) -> None:
    reader = read_as(house, office.engine, Role.ENGINEER)
    form = absence(office, uuid4() if "employee" in changed else office.manager)
    form["first_day"] = (office.today + changed.get("first", 0) * DAY).isoformat()
    form["last_day"] = (office.today + changed.get("last", 1) * DAY).isoformat()
    form["substitute"] = str(office.manager) if "substitute" in changed else ""
    form["rights"] = changed.get("rights", "")
    if "twice" in changed:
        enter(reader, {**form, "number": str(uuid4())})
        carry_requests(office.hub)
    state, said = office.carried(enter(reader, form))
    assert (state, why in said) == ("refused", True), said


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_day", ""), ("last_day", "31.12.2026"), ("employee", ""), ("substitute", "x"),
     ("number", ""), ("last_day", "9999-12-31")],
)  # fmt: skip
def test_a_field_that_is_not_filled_in_right_is_told_at_once(
    house: Reader, office: Office, field: str, value: str
) -> None:
    reader = read_as(house, office.engine, Role.ENGINEER)
    form = {**absence(office, office.manager), field: value}
    answer = reader.submit("/absences", form, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert carry_requests(office.hub) == {}


def test_who_entered_an_absence_is_noted(house: Reader, office: Office) -> None:
    reader = read_as(house, office.engine, Role.ENGINEER)
    enter(reader, absence(office, office.manager))
    carry_requests(office.hub)
    noted = office.rows(
        "SELECT what FROM hub.audit WHERE person_id = :who ORDER BY id", who=reader.person
    )
    assert [row.what for row in noted] == ["did:absence_save"]
    [made] = office.absences()
    [delta] = office.rows("SELECT origin FROM hub.delta WHERE document = :key", key=made.id)
    assert delta.origin == "person:Анна Чтец"
