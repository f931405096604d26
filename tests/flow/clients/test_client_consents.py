"""Consents that a person writes down and takes back, by the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, document, program

from provodka.flows.deliver.letters import MAY_WATCH

INN = "7707083893"
GIVE = ("clients", "consent", INN, "--give", "--basis", "анкета 12", "--who", "Орлова")


@pytest.fixture
def run(store: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    with store.begin() as connection:
        new = text("INSERT INTO crm.client (name, inn) VALUES ('Тихая гавань', :inn)")
        connection.execute(new, {"inn": INN})
    return program(store_url, tmp_path, monkeypatch)


def watched(store: Engine) -> bool:
    """Whether letters to the client may tell that they were opened."""
    with store.connect() as connection:
        client = connection.execute(text("SELECT id FROM crm.client")).scalar_one()
        return bool(connection.execute(MAY_WATCH, {"client": client}).scalar_one())


def test_a_consent_is_written_down_once_with_its_basis_and_its_author(
    store: Engine, run: Run
) -> None:
    assert "анкета 12" in run(*GIVE).stdout
    assert run(*GIVE[:-3], "другая", "--who", "Котов").exit_code == 0
    [row] = document(run("clients", "consent", INN, "--json"))
    assert (row["kind"], row["basis"], row["withdrawn_at"]) == ("mail_opens", "анкета 12", None)
    with store.connect() as connection:
        query = text("SELECT origin FROM hub.delta WHERE kind = 'consent'")
        assert connection.execute(query).scalars().all() == ["person:Орлова"]


def test_letters_may_be_watched_from_a_consent_to_its_withdrawal(store: Engine, run: Run) -> None:
    states = [watched(store)]
    for line in (GIVE, ("clients", "consent", INN, "--withdraw"), GIVE):
        assert run(*line).exit_code == 0
        states.append(watched(store))
    assert states == [False, True, False, True]
    rows = document(run("clients", "consent", INN, "--json"))
    assert [row["withdrawn_at"] is None for row in rows] == [True, False]


def test_a_client_without_consents_is_said_to_have_none(store: Engine, run: Run) -> None:
    assert "согласий нет" in run("clients", "consent", INN, "--withdraw").stdout
    assert not watched(store)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--give",), "--basis"),
        (("--give", "--basis", "  "), "--basis"),
        (("--give", "--basis", "анкета", "--kind", "all"), "mail_opens"),
        (("--withdraw", "--kind", "all"), "mail_opens"),
        (("--give", "--withdraw"), "--withdraw"),
    ],
)
def test_what_cannot_be_written_down_says_why(
    store: Engine, run: Run, more: tuple[str, ...], said: str
) -> None:
    done = run("clients", "consent", INN, *more)
    assert done.exit_code != 0
    assert said in done.output + done.stderr
    assert not watched(store)
