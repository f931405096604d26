"""Rights that a substitute has while somebody is away, and not a day longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.flow.web_people.people_desk import CHEAP, NOON, PASSWORD, Browser, Desk, sign_in

from provodka.connectors.crm_store import people
from provodka.foundation.identifiers import uuid7

TODAY = NOON.date()
SALES, BILLING = uuid7(), uuid7()


class Office:
    """People with employees behind them, and who is away."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.of: dict[str, UUID] = {}
        self.person: dict[str, UUID] = {}

    def employ(self, login: str, *roles: str, departments: tuple[UUID, ...] = ()) -> None:
        """Somebody who may sign in and is an employee."""
        self.of[login] = self._insert("employee", name=login.title())
        with self.desk.store.begin() as connection:
            self.person[login] = people.add(
                connection, login, login.title(), roles=roles, departments=departments,
                employee_id=self.of[login], password=CHEAP.hash(PASSWORD),
            ).id  # fmt: skip

    def away(self, login: str, substitute: str, *, rights: bool = True, days: int = 1) -> None:
        """They are away from today for so many days."""
        self._insert(
            "absence",
            employee_id=self.of[login],
            substitute_id=self.of[substitute],
            first_day=TODAY,
            last_day=TODAY + timedelta(days=days - 1),
            rights=rights,
        )

    def seen(self, browser: Browser) -> tuple[set[str], set[str]]:
        """The roles and departments that the visitor has now."""
        told = browser.get("/page").json()
        return set(told["roles"]), set(told["departments"])

    def enter(self, login: str) -> Browser:
        """A browser in which they have signed in."""
        browser = self.desk.browser()
        assert sign_in(browser, login).status_code == 303
        return browser

    def _insert(self, kind: str, **values: Any) -> UUID:
        names, given = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.desk.store.begin() as connection:
            made: UUID = connection.execute(
                text(f"INSERT INTO crm.{kind} ({names}) VALUES ({given}) RETURNING id"), values
            ).scalar_one()
        return made


@pytest.fixture
def office(people_desk: Desk) -> Office:
    made = Office(people_desk)
    made.employ("anna", "dispatcher", departments=(SALES,))
    made.employ("boris", "head", "engineer", departments=(BILLING,))
    return made


@pytest.mark.requirement("R73")
def test_a_substitute_has_the_roles_and_departments_of_both_as_long_as_it_lasts(
    office: Office,
) -> None:
    browser = office.enter("anna")
    assert office.seen(browser) == ({"dispatcher"}, {str(SALES)})
    office.away("boris", "anna", days=2)
    assert office.seen(browser) == ({"dispatcher", "head"}, {str(SALES), str(BILLING)})
    office.desk.now = NOON + timedelta(days=2)
    assert office.seen(office.enter("anna")) == ({"dispatcher"}, {str(SALES)})


def test_an_absence_that_does_not_say_so_lends_nothing(office: Office) -> None:
    office.away("boris", "anna", rights=False)
    assert office.seen(office.enter("anna")) == ({"dispatcher"}, {str(SALES)})


def test_whose_rights_somebody_uses_is_noted_once_for_an_absence(office: Office) -> None:
    office.away("boris", "anna")
    browser = office.enter("anna")
    for _time in range(3):
        office.seen(browser)
    noted = [one for one in office.desk.audited() if one.what == "stood_in"]
    assert [(one.person_id, one.detail) for one in noted] == [
        (office.person["anna"], {"person": str(office.person["boris"])})
    ]


def test_a_substitute_who_is_away_too_passes_on_what_they_were_lent(office: Office) -> None:
    office.employ("vera", "analyst", departments=(SALES,))
    office.away("boris", "anna")
    office.away("anna", "vera")
    roles, _departments = office.seen(office.enter("vera"))
    assert roles == {"analyst", "dispatcher", "head"}


def test_two_who_stand_in_for_each_other_end_no_where_but_with_both_their_rights(
    office: Office,
) -> None:
    office.away("boris", "anna")
    office.away("anna", "boris")
    roles, _departments = office.seen(office.enter("anna"))
    assert roles == {"dispatcher", "head"}


def test_whoever_may_not_come_in_lends_nothing(office: Office) -> None:
    office.away("boris", "anna")
    with office.desk.store.begin() as connection:
        people.change(connection, office.person["boris"], active=False)
    assert office.seen(office.enter("anna"))[0] == {"dispatcher"}


def test_the_rights_of_one_who_sees_all_departments_are_for_all_of_them(office: Office) -> None:
    office.employ("gleb", "head")
    office.away("gleb", "anna")
    assert office.seen(office.enter("anna")) == ({"dispatcher", "head"}, set())


def test_a_day_is_the_company_s(office: Office) -> None:
    """At noon in London it is the next day in Kamchatka already."""
    office.away("boris", "anna")
    rules = office.desk.app.state.sign_in
    office.desk.app.state.sign_in = type(rules)(clock=rules.clock, zone=ZoneInfo("Asia/Kamchatka"))
    assert office.desk.now.astimezone(ZoneInfo("Asia/Kamchatka")).date() == date(2026, 11, 23)
    assert office.seen(office.enter("anna"))[0] == {"dispatcher"}
