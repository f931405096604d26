"""The commands about clients against a real store: what they print, and how they end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, add_deal, document, program

from provodka.connectors.crm_store import locks
from provodka.flows.onec.pulling import TAKING

INN = "7707083893"


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


@pytest.fixture
def twins(store: Engine) -> tuple[UUID, UUID]:
    """Two clients of one ИНН; the second has a deal."""
    with store.begin() as connection:
        add_deal(connection)
        update = text("UPDATE crm.client SET inn = :inn RETURNING id")
        other = connection.execute(update, {"inn": INN}).scalar_one()
        new = text("INSERT INTO crm.client (name, inn) VALUES ('Тихая гавань', :inn) RETURNING id")
        return connection.execute(new, {"inn": INN}).scalar_one(), other


@pytest.mark.requirement("R76")
def test_candidates_are_listed_with_points_and_reasons(twins: tuple[UUID, UUID], run: Run) -> None:
    done = run("clients", "duplicates")
    assert done.exit_code == 0, done.output
    assert f"ИНН тот же: {INN} (+80)" in done.stdout
    assert "Баллы: 100" in done.stdout
    assert document(run("clients", "duplicates", "--min-score", "100", "--json"))[0]["score"] == 100


def test_a_rehearsal_shows_what_would_move_and_writes_nothing(
    store: Engine, twins: tuple[UUID, UUID], run: Run
) -> None:
    done = run("clients", "merge", *map(str, twins), "--dry-run")
    assert done.exit_code == 0, done.output
    assert "переходит: сделка 1" in done.stdout
    assert "ничего не записано" in done.stdout
    with store.connect() as connection:
        assert not connection.execute(text("SELECT count(*) FROM hub.client_merge")).scalar_one()


@pytest.mark.requirement("R76")
def test_merged_and_taken_apart_by_a_person_both_are_listed(
    store: Engine, twins: tuple[UUID, UUID], run: Run
) -> None:
    done = run("clients", "merge", *map(str, twins), "--who", "Орлова")
    assert "отменить: provodka clients unmerge 1" in done.stdout
    with store.connect() as connection:
        assert connection.execute(text("SELECT client_id FROM crm.deal")).scalar_one() == twins[0]
    undone = run("clients", "unmerge", "1", "--who", "Котов")
    assert "объединение 1 отменено, возвращено: клиент 1, сделка 1" in undone.stdout
    listed = run("clients", "merges").stdout
    assert "сотрудник Орлова" in listed
    assert "сотрудник Котов" in listed


def test_an_inn_that_two_have_is_answered_with_both(twins: tuple[UUID, UUID], run: Run) -> None:
    done = run("clients", "merge", INN, str(twins[1]))
    assert done.exit_code != 0
    assert all(str(one) in done.output for one in twins)


def test_a_merge_waits_for_the_end_of_a_reading_from_1c(
    store: Engine, twins: tuple[UUID, UUID], run: Run
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with locks.alone(store, TAKING):
            coming = pool.submit(run, "clients", "merge", *map(str, twins))
            waiting = text(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            with store.connect() as connection:
                while not connection.execute(waiting).scalar_one():
                    connection.rollback()
        done = coming.result(30)
    assert done.exit_code == 0, done.output
    assert "идет чтение из 1С, жду его конца" in done.stdout


@pytest.mark.requirement("R76")
def test_who_is_said_to_be_different_is_proposed_no_more_until_the_word_is_taken_back(
    store: Engine, twins: tuple[UUID, UUID], run: Run
) -> None:
    one, other = map(str, twins)
    assert f"provodka clients apart {min(one, other)}" in run("clients", "duplicates").stdout
    said = ["clients", "apart", one, other, "--reason", "отец и сын", "--who", "Орлова"]
    done = run(*said)
    assert "снять пометку: provodka clients unapart 1" in done.stdout
    assert document(run(*said, "--json"))["number"] == 1
    assert document(run("clients", "duplicates", "--json")) == []
    with store.begin() as connection:
        connection.execute(text("UPDATE crm.client SET full_name = 'Тихая гавань и сыновья'"))
    assert document(run("clients", "duplicates", "--json")) == []
    shown = run("clients", "aparts").stdout
    for word in ("отец и сын", "сотрудник Орлова", "Тихая гавань"):
        assert word in shown
    refused = run("clients", "merge", one, other)
    assert refused.exit_code != 0
    assert "provodka clients unapart 1" in refused.output
    assert run("clients", "unapart", "1", "--who", "Котов").exit_code == 0
    assert run("clients", "unapart", "1").exit_code != 0
    assert len(document(run("clients", "duplicates", "--json"))) == 1
    [kept] = document(run("clients", "aparts", "--json"))
    assert (kept["who"], kept["undone_by"]) == ("person:Орлова", "person:Котов")
    assert run("clients", "merge", one, other).exit_code == 0
    assert "это один клиент" in run("clients", "apart", one, other).output


@pytest.mark.requirement("R76")
def test_a_word_about_a_client_holds_for_the_one_it_was_merged_into(
    store: Engine, twins: tuple[UUID, UUID], run: Run
) -> None:
    new = text("INSERT INTO crm.client (name, inn) VALUES ('Гавань', :inn) RETURNING id")
    with store.begin() as connection:
        heir = connection.execute(new, {"inn": INN}).scalar_one()
    one, other = map(str, twins)
    assert run("clients", "apart", one, other).exit_code == 0
    assert len(document(run("clients", "duplicates", "--json"))) == 2
    assert run("clients", "merge", str(heir), one).exit_code == 0
    assert document(run("clients", "duplicates", "--json")) == []
