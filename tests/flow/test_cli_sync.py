"""`provodka sync`: every stream in its order, or only a plan of what would change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, add_deal, document, program, set_aside

from provodka.flows import streams as stream_table
from provodka.foundation.errors import SystemUnavailable

CALL = (
    '"","79120000001","101","default","","SIP/trunk-1","SIP/101-1","Dial","SIP/101",'
    '"2026-11-20 10:00:00","2026-11-20 10:00:05","2026-11-20 10:01:00",60,55,"ANSWERED",'
    '"DOCUMENTATION","1763632800.1",""\n'
)


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def pretend(monkeypatch: pytest.MonkeyPatch, **doings: Any) -> None:
    """Put other doings behind the names of streams."""
    made = {
        name: stream_table.Stream(name, name, doing, rehearsable=True)
        for name, doing in doings.items()
    }
    monkeypatch.setattr(stream_table, "STREAMS", made)


def test_sync_runs_every_stream_in_order_and_records_each(
    run: Run, store: Engine, tmp_path: Path
) -> None:
    (tmp_path / "Master.csv").write_text(CALL, encoding="utf-8")
    done = run("sync", "--json")
    assert done.exit_code == 0
    ran = {one["stream"]: one for one in document(done)["streams"]}
    assert list(ran) == [name for name, one in stream_table.STREAMS.items() if one.usual]
    assert ran["calls"]["counts"]["calls"] == 1
    assert ran["catalogs"]["state"] == "skipped"
    with store.connect() as connection:
        assert set(connection.execute(text("SELECT flow FROM hub.run")).scalars()) == set(ran)


def test_sync_of_an_unreadable_row_ends_with_three(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(CALL + "мусор\n", encoding="utf-8")
    done = run("sync", "calls")
    assert done.exit_code == 3
    assert "calls:office Master.csv:" in done.stdout


def test_a_stream_that_fails_does_not_stop_the_others(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_hub: Any, _work: Any) -> Any:
        raise SystemUnavailable("1С", found="нет связи")

    pretend(monkeypatch, first=down, second=lambda _hub, _work: Counter())
    done = run("sync", "--json")
    assert done.exit_code == 1
    assert [one["state"] for one in document(done)["streams"]] == ["failed", "done"]


def test_a_stream_that_is_not_there_is_told_with_those_that_are(run: Run) -> None:
    done = run("sync", "catalog")
    assert done.exit_code == 2
    assert "catalogs, accounting, exchange, settlements, stock, bank, calls" in done.stderr


def test_a_named_stream_without_its_system_is_a_wrong_setting(run: Run) -> None:
    done = run("sync", "catalogs")
    assert done.exit_code == 2
    assert "база 1С не указана" in done.stderr


def test_a_plan_tells_what_would_change_and_leaves_nothing(
    run: Run, store: Engine, tmp_path: Path
) -> None:
    set_aside(store, "onec:client", "set aside long ago")
    (tmp_path / "Master.csv").write_text(CALL + "мусор\n", encoding="utf-8")
    done = run("sync", "calls", "--plan", "--json")
    assert done.exit_code == 3
    plan = document(done)["plan"]
    assert {(one["op"], one["kind"]) for one in plan["changes"]} >= {("insert", "call")}
    assert [one["stream"] for one in plan["set_aside"]] == ["calls:office"]
    with store.connect() as connection:
        left = "SELECT (SELECT count(*) FROM hub.delta), (SELECT count(*) FROM hub.quarantine)"
        assert tuple(connection.execute(text(left)).one()) == (0, 1)


def test_a_plan_tells_a_changed_field_as_it_was_and_would_be(
    run: Run, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.begin() as connection:
        add_deal(connection)

    def rename(_hub: Any, work: Any) -> Counter[str]:
        with work.begin() as connection:
            connection.execute(text("UPDATE crm.deal SET title = 'Столы'"))
        return Counter(changed=1)

    pretend(monkeypatch, rename=rename)
    done = run("sync", "--plan")
    assert done.exit_code == 0
    assert "Стулья → Столы" in done.stdout
    with store.connect() as connection:
        assert connection.execute(text("SELECT title FROM crm.deal")).scalar_one() == "Стулья"


def test_a_plan_names_the_documents_that_fields_refer_to_known_and_new(
    run: Run, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.begin() as connection:
        add_deal(connection)
        connection.execute(text("INSERT INTO crm.client (name) VALUES ('ООО Прежний')"))

    def reassign(_hub: Any, work: Any) -> Counter[str]:
        with work.begin() as connection:
            new = "INSERT INTO crm.client (name) VALUES ('ООО Новый') RETURNING id"
            client = connection.execute(text(new)).scalar_one()
            product = "INSERT INTO crm.product (name) VALUES ('Стул') RETURNING id"
            known = "SELECT id FROM crm.client WHERE name = 'ООО Прежний'"
            old = connection.execute(text(known)).scalar_one()
            connection.execute(text("UPDATE crm.deal SET client_id = :id"), {"id": client})
            connection.execute(
                text("INSERT INTO crm.contact (name, client_id) VALUES ('Анна', :id)"),
                {"id": old},
            )
            stock = (
                "INSERT INTO crm.stock_balance (product_id, quantity, as_of) VALUES (:id, 5, now())"
            )
            product_id = connection.execute(text(product)).scalar_one()
            connection.execute(text(stock), {"id": product_id})
        return Counter(changed=1)

    pretend(monkeypatch, reassign=reassign)
    shown = run("sync", "--plan").stdout
    assert "→ ООО Новый" in shown
    assert "→ ООО Прежний" in shown
    assert "остаток на складе Стул" in shown
    assert "→ время запуска" in shown
    digests = {document(run("sync", "--plan", "--json"))["plan"]["digest"] for _time in range(2)}
    assert len(digests) == 1


def test_a_stream_that_cannot_be_rehearsed_is_refused_in_a_plan(run: Run) -> None:
    done = run("sync", "triggers", "--plan")
    assert done.exit_code == 2
    assert "catalogs, accounting, exchange, settlements, stock, bank, calls" in done.stderr


def logged(folder: Path, call: str) -> None:
    with (folder / "Master.csv").open("a", encoding="utf-8") as log:
        log.write(call)


def calls(store: Engine) -> list[str]:
    with store.connect() as connection:
        query = text("SELECT call_key FROM crm.call ORDER BY call_key")
        return list(connection.execute(query).scalars())


def test_a_saved_plan_is_carried_out_and_calls_since_wait_for_the_next_run(
    run: Run, store: Engine, tmp_path: Path
) -> None:
    logged(tmp_path, CALL)
    assert run("sync", "calls", "--plan", "--save", "plan.json").exit_code == 0
    assert calls(store) == []
    logged(tmp_path, CALL.replace("1763632800.1", "1763632800.2") + "мусор\n")
    done = run("sync", "--apply", "plan.json", "--json")
    assert done.exit_code == 0
    assert document(done)["later"] == 2
    assert calls(store) == ["1763632800.1"]
    with store.connect() as connection:
        kept = connection.execute(text("SELECT flow, state FROM hub.run")).all()
    assert [tuple(row) for row in kept] == [("calls", "done")]
    assert run("sync", "calls").exit_code == 3
    assert calls(store) == ["1763632800.1", "1763632800.2"]


def test_a_plan_whose_call_has_gone_on_is_refused_with_the_field(
    run: Run, store: Engine, tmp_path: Path
) -> None:
    logged(tmp_path, CALL)
    run("sync", "calls", "--plan", "--save", "plan.json")
    logged(tmp_path, CALL.replace("10:01:00", "10:01:30").replace(",60,55,", ",90,85,"))
    refused = run("sync", "--apply", "plan.json", "--json")
    assert refused.exit_code == 1
    assert "talk_seconds" in {one["field"] for one in document(refused)["moved"]}
    assert calls(store) == []
    told = run("sync", "--apply", "plan.json").stdout
    assert "План не выполнен" in told
    assert "Разговор, с" in told


@pytest.mark.parametrize(
    "line", [("--save", "p.json"), ("calls", "--apply", "p.json"), ("--plan", "--apply", "p.json")]
)
def test_parameters_of_plans_that_exclude_one_another_are_told(
    run: Run, line: tuple[str, ...]
) -> None:
    told = run("sync", *line)
    assert told.exit_code == 2
    assert "--plan --save" in told.stderr
