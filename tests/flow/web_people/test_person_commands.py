"""`provodka person`: shown first, done when asked, and said plainly."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.databases import copied
from tests.flow.cli_program import Run, document, program
from tests.flow.web_people.erasure_desk import hub_on, lines
from tests.flow.web_people.planted import EMAIL, PHONE, person

from provodka.connectors.crm_store import people, people_pace, sessions
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.people_pace import Limits
from provodka.flows.people.keeping import tend_people


@pytest.fixture(scope="module")
def commands_store(server: str, template: str) -> Iterator[Engine]:
    """A store for the module."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        yield engine
        engine.dispose()


@pytest.fixture
def run(commands_store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program on it."""
    url = commands_store.url.render_as_string(hide_password=False)
    return program(url, tmp_path, monkeypatch)


def client_in(store: Engine) -> UUID:
    """The person, entered."""
    with store.begin() as connection:
        return person(connection)


def test_an_erasure_is_shown_first_and_done_when_it_is_applied(
    run: Run, commands_store: Engine
) -> None:
    client = str(client_in(commands_store))
    shown = run("person", "erase", client)
    assert shown.exit_code == 0, shown.stderr
    assert "пока ничего не стерто" in shown.stdout
    assert lines(commands_store)
    done = document(run("person", "erase", client, "--basis", "обращение 7", "--apply", "--json"))
    assert done["certificate"]
    assert done["counts"]["crm.client"] == 1
    assert lines(commands_store) == []
    assert "о человеке ничего нет" in run("person", "erase", client, "--apply").stdout
    whats = [one["what"] for one in document(run("users", "audit", "--json"))]
    assert whats == ["did:person.erase"] * 2


def test_everything_about_a_phone_is_written_into_an_archive(
    run: Run, commands_store: Engine, tmp_path: Path
) -> None:
    client_in(commands_store)
    done = run("person", "export", "--phone", "8 916 555-01-42", "--to", "all.zip")
    assert done.exit_code == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        told = json.loads(archive.read("person.json"))
    assert told["found_by"]["phones"] == ["+79165550142", "+79165550199"]
    run("person", "erase", "--email", EMAIL, "--apply")
    assert lines(commands_store) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("erase",), "usage"),
        (("export", "--phone", "позвони"), "usage"),
        (("erase", "0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01"), "no_document"),
    ],
)
def test_whoever_cannot_be_known_is_not_erased(run: Run, line: tuple[str, ...], code: str) -> None:
    done = run("person", *line, "--json")
    assert done.exit_code != 0
    assert code in done.stdout


def test_a_phone_of_nobody_finds_nothing(run: Run) -> None:
    assert "о человеке ничего нет" in run("person", "erase", "--phone", PHONE).stdout


def test_what_sign_in_leaves_behind_goes_in_its_time(
    commands_store: Engine, tmp_path: Path
) -> None:
    hub = hub_on(commands_store, tmp_path)
    now = hub.clock()
    past = now - timedelta(days=30)
    with commands_store.begin() as connection:
        anna = people.add(connection, "anna", "Анна", roles=["head"])
        for begun, until in ((now, now + timedelta(days=7)), (past, now - timedelta(days=1))):
            sessions.open_session(connection, anna.id, "link", now=begun, until=until)
        sessions.give_link(connection, anna.id, past)
        old = now - timedelta(hours=1)
        people_pace.tried(connection, "192.0.2.1", "anna", old, Limits())
        people_pace.tried(connection, "192.0.2.2", "", now, Limits())
        connection.execute(
            text("INSERT INTO hub.audit (at, what) VALUES (now() - interval '2 years', 'saw')")
        )
    assert tend_people(hub) == {"sessions": 1, "audit": 1}
    with commands_store.connect() as connection:
        left = [
            connection.execute(text(f"SELECT count(*) FROM hub.{name}")).scalar_one()
            for name in ("session", "enter_link", "sign_in_pace")
        ]
    assert left == [1, 0, 1]
