"""The commands against a real store: what they print, and how they end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import SETTINGS, Run, add_deal, document, program, set_aside

from provodka.connectors.crm_store import outbox
from provodka.dashboards.reports import as_of
from provodka.flows.cli.reporting import BREAKDOWNS


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def test_init_writes_a_sample_once_and_may_be_repeated(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").unlink()
    first, second = run("init", "--json"), run("init", "--json")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert document(first)["config_written"] is True
    assert document(second)["config_written"] is False
    assert document(second)["scenarios"] == ["romashka"]


def test_init_creates_the_tables_of_an_empty_database(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("DROP SCHEMA hub, crm, report, journal CASCADE"))
    assert run("status").exit_code == 2
    assert document(run("init", "--json"))["migrated"] is True
    assert run("status").exit_code == 0


def test_a_store_without_tables_is_told_with_the_command_that_makes_them(
    run: Run, store: Engine
) -> None:
    with store.begin() as connection:
        connection.execute(text("DROP SCHEMA hub, crm, report, journal CASCADE"))
    done = run("trace", "СЧ00-000001")
    assert done.exit_code == 2
    assert "provodka init" in done.stderr


def test_a_store_that_is_down_is_told_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVODKA_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    done = run("status")
    assert done.exit_code == 1
    assert "✗ База хаба" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_passes_when_all_that_is_configured_answers(run: Run) -> None:
    done = run("check", "--json")
    assert done.exit_code == 0
    found = document(done)
    assert found["ok"] is True
    assert {"settings", "rules", "store", "calls:office"} <= {
        one["area"] for one in found["findings"]
    }


def test_check_tells_the_place_of_a_mistake_to_a_machine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text(SETTINGS + "foo: 1\n", encoding="utf-8")
    [finding] = document(run("check", "--json"))["findings"]
    assert (finding["file"], finding["line"], finding["code"]) == ("hub.yaml", 6, "unknown_field")


def test_check_tells_a_missing_call_log_and_exits_with_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").unlink()
    done = run("check")
    assert done.exit_code == 1
    assert "✗ calls:office: Master.csv: журнала звонков ещё нет" in done.stdout


def test_check_exits_with_one_when_a_system_cannot_be_reached(run: Run, tmp_path: Path) -> None:
    mail = "mail: {sender: a@b.example, smtp: {host: 127.0.0.1, port: 9, security: plain}}\n"
    (tmp_path / "hub.yaml").write_text(SETTINGS + mail, encoding="utf-8")
    done = run("check", "--json")
    assert done.exit_code == 1
    [bad] = [one for one in document(done)["findings"] if one["level"] == "bad"]
    assert (bad["area"], bad["wrong"]) == ("smtp", False)


def test_status_tells_lag_queue_and_what_waits(run: Run, store: Engine) -> None:
    assert run("sync", "triggers").exit_code == 0
    with store.begin() as connection:
        key = add_deal(connection)
        outbox.enqueue(connection, outbox.Intent("k", "mail", "letter.send", "deal", key))
    assert run("sync", "triggers").exit_code == 0
    with store.begin() as connection:
        add_deal(connection)
    set_aside(store, "onec:client", "a-1")
    said = document(run("status", "--json"))
    readers = {one["stream"]: one["ahead"] for one in said["readers"]}
    assert readers == {"triggers": 2, "push:onec": 4, "report:stage_visit": 2}
    assert [(one["target"], one["state"], one["count"]) for one in said["outbox"]] == [
        ("mail", "waiting", 1)
    ]
    assert [(one["stream"], one["count"]) for one in said["quarantine"]] == [("onec:client", 1)]
    assert [one["flow"] for one in said["runs"]] == ["triggers"]
    assert run("status").exit_code == 0


def test_trace_prints_a_tree_with_old_and_new_values(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        key = add_deal(connection, "onec")
    with store.begin() as connection:
        connection.execute(text("UPDATE crm.deal SET amount = 12.50"))
    done = run("trace", str(key))
    assert done.exit_code == 0
    assert "откуда: 1С" in done.stdout
    assert "Сумма сделки с НДС: 0 → 12.50" in done.stdout
    assert document(run("trace", str(key), "--json"))["came_from"] == "onec"


def test_trace_of_an_unclear_document_is_a_wrong_command(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        key = add_deal(connection)
    assert run("trace", str(key)[:6]).exit_code == 2
    assert run("trace", "ffffffffff").exit_code == 1


def test_quarantine_is_listed_and_shown_with_the_payload(run: Run, store: Engine) -> None:
    set_aside(store, "onec:client", "5f1c-1")
    assert "впишите ИНН" in run("quarantine", "list").stdout
    assert "Ромашка" in run("quarantine", "show", "5f1c").stdout
    assert document(run("quarantine", "list", "--stream", "calls:x", "--json")) == []
    assert run("quarantine", "show", "zzz").exit_code == 1


def test_rules_take_a_delta_again_that_they_had_set_aside(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        add_deal(connection)
        number = connection.execute(text("SELECT max(id) FROM hub.delta")).scalar_one()
    set_aside(store, "triggers", str(number))
    done = run("quarantine", "replay", "triggers", "--json")
    assert done.exit_code == 0
    assert (document(done)["tried"], document(done)["left"]) == (1, 0)


def test_a_stream_that_cannot_be_replayed_says_what_to_do(run: Run, store: Engine) -> None:
    set_aside(store, "calls:office", "Master.csv:7")
    done = run("quarantine", "replay", "calls:office")
    assert done.exit_code == 2
    assert "новое чтение" in done.stderr


def test_a_report_comes_in_the_form_asked_for(run: Run, tmp_path: Path) -> None:
    assert run("init").exit_code == 0
    assert "Воронка продаж" in run("report", "funnel").stdout
    assert run("report", "funnel", "--format", "xlsx", "--out", "f.xlsx").exit_code == 0
    assert (tmp_path / "f.xlsx").read_bytes()[:2] == b"PK"
    assert isinstance(document(run("report", "funnel", "--json")), dict)


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "вчера"),
        ("--from", "2026-11-20", "--to", "2026-11-01"),
        ("--where", "manager"),
        ("--as-of", "x"),
        ("--format", "doc"),
        ("--by", "погода"),
    ],
)
def test_a_report_asked_for_wrongly_exits_with_two(run: Run, options: tuple[str, ...]) -> None:
    assert run("init").exit_code == 0
    done = run("report", "funnel", *options)
    assert done.exit_code == 2
    assert "Найдено" in done.stderr


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_every_breakdown_that_help_names_is_accepted(run: Run, by: str) -> None:
    assert run("init").exit_code == 0
    assert by in run("report", "--help").stdout
    assert run("report", "funnel", "--by", by).exit_code == 0


def test_every_breakdown_that_there_is_stands_in_help() -> None:
    assert BREAKDOWNS == as_of.BREAKDOWNS


def test_the_rules_are_told_in_lines_that_fit(run: Run) -> None:
    done = run("rules", "check")
    assert "create_task" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_status_tells_streams_states_and_counters_in_words(run: Run, store: Engine) -> None:
    assert run("sync", "triggers").exit_code == 0
    set_aside(store, "onec:client", "5f1c-1")
    told = run("status").stdout
    assert re.search(r"^Правила +сделано", told, re.MULTILINE)
    assert re.search(r"^1С: клиент ", told, re.MULTILINE)
    assert re.search(r"^отправка в 1С ", told, re.MULTILINE)


def test_an_unknown_report_is_told_with_those_that_there_are(run: Run) -> None:
    done = run("report", "profit")
    assert done.exit_code == 2
    assert "funnel" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        ("check",),
        ("status",),
        ("sync",),
        ("sync", "--plan"),
        ("quarantine", "list"),
        ("rules", "check"),
        ("trace", "нет такого"),
        ("sync", "нет такого"),
    ],
    ids=" ".join,
)
def test_json_is_one_document_and_nothing_else(run: Run, line: tuple[str, ...]) -> None:
    document(run(*line, "--json"))


def test_the_rules_are_read_aloud(run: Run) -> None:
    done = run("rules", "check")
    assert done.exit_code == 0
    assert "stage_entered: info_letter" in done.stdout
    assert "правил: " in done.stdout


def test_what_is_set_aside_is_listed_and_replayed_by_stream_code_and_age(
    run: Run, store: Engine
) -> None:
    for stream, key in (("onec:client", "a-1"), ("calls:office", "b-1"), ("triggers", "1205")):
        set_aside(store, stream, key)
    with store.begin() as connection:
        connection.execute(
            text(
                "UPDATE hub.quarantine SET first_seen = now() - interval '2 days', code = 'old'"
                " WHERE stream = 'triggers'"
            )
        )
    old = document(run("quarantine", "list", "--older", "1d", "--json"))
    assert [one["stream"] for one in old] == ["triggers"]
    assert len(document(run("quarantine", "list", "--code", "Mis", "--json"))) == 2
    assert run("quarantine", "replay").exit_code == 2
    done = document(run("quarantine", "replay", "--code", "old", "--older", "24h", "--json"))
    assert (done["tried"], done["left"]) == (1, 0)
    left = document(run("quarantine", "list", "--json"))
    assert {one["stream"] for one in left} == {"onec:client", "calls:office"}
