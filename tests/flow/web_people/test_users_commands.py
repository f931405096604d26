"""`provodka users`, and the link that `provodka up` prints."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, document, program
from tests.flow.web_people.people_desk import NOON, PASSWORD, Desk, csrf_in, desk, sign_in
from typer.testing import CliRunner

from provodka.flows.cli.app import app
from provodka.flows.people.first_link import OWNER, first_link


@pytest.fixture
def users(people_store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`provodka users …` on a store; what is `typed` comes by the standard input."""
    url = people_store.url.render_as_string(hide_password=False)
    program(url, tmp_path, monkeypatch)
    with people_store.begin() as connection:
        connection.execute(text("TRUNCATE hub.person, hub.session, hub.enter_link"))
    return lambda *line, typed="": CliRunner().invoke(app, ["users", *line], input=typed)


@pytest.fixture
def office(people_store: Engine, users: Run) -> None:
    """A department and somebody in it."""
    with people_store.begin() as connection:
        connection.execute(text("DELETE FROM crm.employee; DELETE FROM crm.department"))
        connection.execute(
            text(
                "INSERT INTO crm.department (name) VALUES ('Продажи');"
                "INSERT INTO crm.employee (name, email) VALUES ('Вера Снегова', 'vera@example.ru')"
            )
        )


def test_who_was_entered_comes_in_with_the_password_from_the_standard_input(
    users: Run, people_store: Engine
) -> None:
    done = users("add", "Anna", "--role", "head", "--role", "аналитик", typed=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    with desk(people_store, fresh=False) as made:
        made.live()
        browser = made.browser()
        assert sign_in(browser, "anna").status_code == 303
        assert browser.get("/page").json()["roles"] == ["analyst", "head"]


def test_everybody_is_listed_without_passwords(users: Run) -> None:
    users("add", "anna", "--role", "head", typed=f"{PASSWORD}\n")
    users("add", "boris", "--role", "courier", "--no-password")
    rows = document(users("list", "--json"))
    assert [(one["login"], one["password"], one["active"]) for one in rows] == [
        ("anna", True, True),
        ("boris", False, True),
    ]
    assert "argon2" not in users("list", "--json").stdout
    told = users("list").stdout
    assert "экспедитор" in told
    assert "по ссылке" in told


@pytest.mark.parametrize(
    ("line", "typed", "code"),
    [
        (("add", "anna", "--role", "head"), "коротко\n", "weak_password"),
        (("add", "anna-petrova", "--role", "head"), "anna-petrova-2026\n", "weak_password"),
        (("add", "anna", "--role", "head"), "аааааааааааааа\n", "weak_password"),
        (("add", "anna", "--role", "king"), "", "no_role"),
        (("add", "anna"), "", "no_role"),
        (("add", "a b", "--role", "head", "--no-password"), "", "login"),
        (("add", "a", "--role", "head", "--no-password", "--department", "Нет"), "", "not_found"),
        (("roles", "nobody", "--role", "head"), "", "no_person"),
        (("disable", "nobody"), "", "no_person"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    users: Run, line: tuple[str, ...], typed: str, code: str
) -> None:
    done = users(*line, "--json", typed=typed)
    assert done.exit_code == 2
    assert code in done.stdout
    assert document(users("list", "--json")) == []


def test_a_login_is_given_once(users: Run) -> None:
    users("add", "anna", "--role", "head", "--no-password")
    assert "login_taken" in users("add", "ANNA", "--role", "head", "--no-password", "--json").stdout


def test_departments_and_the_employee_are_found_by_name_and_address(
    users: Run, office: None, people_store: Engine
) -> None:
    users("add", "vera", "--role", "courier", "--employee", "Vera@example.ru", "--no-password")
    users("roles", "vera", "--department", "Продажи")
    with people_store.connect() as connection:
        known = connection.execute(
            text(
                "SELECT e.name, d.name, p.roles FROM hub.person p"
                " JOIN crm.employee e ON e.id = p.employee_id"
                " JOIN crm.department d ON d.id = ANY (p.departments)"
            )
        ).one()
        assert tuple(known) == ("Вера Снегова", "Продажи", ["courier"])
    users("roles", "vera", "--all-departments", "--role", "head")
    [vera] = document(users("list", "--json"))
    assert (vera["departments"], vera["roles"]) == ([], ["head"])


def test_a_new_password_and_disabling_put_people_out(users: Run, people_store: Engine) -> None:
    users("add", "anna", "--role", "head", typed=f"{PASSWORD}\n")
    with desk(people_store, fresh=False) as made:
        made.live()
        browser = made.browser()
        sign_in(browser, "anna")
        users("password", "anna", typed="совсем другие слова\n")
        assert browser.get("/page").status_code == 401
        assert sign_in(browser, "anna", "совсем другие слова").status_code == 303
        assert document(users("disable", "anna", "--json"))["sessions_ended"] == 1
        assert browser.get("/page").status_code == 401
        users("enable", "anna")
        assert sign_in(browser, "anna", "совсем другие слова").status_code == 303


def test_a_link_is_printed_and_lets_in_once(users: Run, people_store: Engine) -> None:
    users("add", "boris", "--role", "courier", "--no-password")
    told = document(users("link", "boris", "--address", "https://hub.example", "--json"))
    path = told["url"].removeprefix("https://hub.example")
    with desk(people_store, fresh=False) as made:
        made.live()
        browser = made.browser()
        token = csrf_in(browser.get(path))
        assert browser.post(path, data={"csrf": token}).status_code == 303
        assert browser.get("/page").json()["name"] == "boris"
    assert users("link", "boris").stdout.startswith("http://127.0.0.1:8750/enter/")
    users("disable", "boris")
    assert "disabled_person" in users("link", "boris", "--json").stdout


def test_what_was_done_with_people_is_in_the_audit(users: Run) -> None:
    users("add", "boris", "--role", "courier", "--no-password")
    users("disable", "boris")
    whats = [one["what"] for one in document(users("audit", "--limit", "2", "--json"))]
    assert whats == ["did:users.disabled", "did:users.entered"]
    assert "did:users.disabled" in users("audit", "--what", "did:users.disabled").stdout


def test_up_gives_a_link_on_this_computer_alone_and_the_owner_every_role(
    people_desk: Desk,
) -> None:
    url = first_link(people_desk.store, "http://127.0.0.1:8750", NOON)
    assert url is not None
    browser = people_desk.browser("http://127.0.0.1:8750", host="127.0.0.1")
    path = url.removeprefix("http://127.0.0.1:8750")
    browser.post(path, data={"csrf": csrf_in(browser.get(path))})
    assert len(browser.get("/page").json()["roles"]) == 6
    for address in ("http://192.0.2.7:8750", "https://hub.example", "http://0.0.0.0:8750"):
        assert first_link(people_desk.store, address, NOON) is None


def test_a_second_up_takes_the_same_owner_and_a_disabled_one_gets_no_link(
    people_desk: Desk,
) -> None:
    for _time in range(2):
        assert first_link(people_desk.store, "http://localhost:1", NOON)
    assert people_desk.rows("SELECT login FROM hub.person") == [(OWNER,)]
    with people_desk.store.begin() as connection:
        connection.execute(text("UPDATE hub.person SET active = false"))
    assert first_link(people_desk.store, "http://[::1]:1", NOON + timedelta(hours=1)) is None
