"""Commands around channels and calendars: letters as files, a calendar file, check, conflicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, text
from tests.contract.calendars.dav_server import LOGIN, PASSWORD, dav_server
from tests.contract.channels.stand_ins import PASSWORD as SMS_PASSWORD
from tests.contract.channels.stand_ins import TOKEN, Smsc, Telegram, served
from tests.flow.cli_program import SETTINGS, Run, document, program

from provodka.connectors.calendars.caldav import CalDav
from provodka.connectors.calendars.events import Event, changed, read_events
from provodka.connectors.crm_store import outbox
from provodka.foundation.identifiers import uuid7

ANNA = "anna@romashka.example"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAIL = """\
mail:
  sender: hub@romashka.example
  smtp: {host: 127.0.0.1, port: 9, security: plain}
"""


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def settings(more: str) -> None:
    """Say more in the settings of the folder that the test is in."""
    Path("hub.yaml").write_text(SETTINGS + more, encoding="utf-8")


def execute(store: Engine, sql: str, **values: object) -> None:
    with store.begin() as connection:
        connection.execute(text(sql), values)


def task(store: Engine) -> object:
    """Anna has to make a call."""
    anna, key = uuid7(), uuid7()
    execute(
        store,
        "INSERT INTO crm.employee (id, name, email) VALUES (:anna, 'Анна', :email);",
        anna=anna, email=ANNA,
    )  # fmt: skip
    execute(
        store,
        "INSERT INTO crm.task (id, subject, kind, executor_id, due_at)"
        " VALUES (:key, 'Позвонить', 'call', :anna, :at)",
        key=key, anna=anna, at=AT,
    )  # fmt: skip
    return key


def test_waiting_letters_are_written_as_files_and_nothing_is_sent(run: Run, store: Engine) -> None:
    settings(MAIL)
    key = uuid7()
    execute(
        store,
        "INSERT INTO crm.message (id, recipient, subject, text)"
        " VALUES (:key, 'a@client.example', 'Тема', 'Текст')",
        key=key,
    )
    with store.begin() as connection:
        outbox.enqueue(connection, outbox.Intent("k", "mail", "letter.send", "message", key))
    done = run("outbox", "send", "--dry-run", "letters", "--json")
    [told] = document(done)
    assert (done.exit_code, Path(told["file"]).parent) == (0, Path("letters"))
    assert b"To: a@client.example" in Path(told["file"]).read_bytes()
    # The server that the settings name is not there: it has not been asked.
    [errand] = document(run("outbox", "list", "--waiting", "--json"))
    assert (errand["state"], errand["attempts"]) == ("waiting", 0)


def test_a_system_that_is_not_named_cannot_be_sent_to(run: Run) -> None:
    done = run("outbox", "send", "--target", "sms")
    assert (done.exit_code, "--target sms" in done.stderr) == (2, True)


@pytest.mark.requirement("R72", "S-10")
def test_what_an_employee_has_to_do_is_written_as_a_calendar_file(run: Run, store: Engine) -> None:
    task(store)
    done = run("calendar", "export", "--employee", ANNA.upper(), "anna.ics", "--json")
    assert document(done) == {"file": "anna.ics", "events": 1}
    [event] = read_events(Path("anna.ics").read_bytes(), UTC)
    assert (event.summary, event.starts_at) == ("Позвонить", AT)


def test_an_employee_that_there_is_not_is_told_with_those_that_there_are(
    run: Run, store: Engine
) -> None:
    task(store)
    done = run("calendar", "export", "--employee", "nobody@romashka.example", "x.ics")
    assert done.exit_code == 1
    assert ANNA in done.stderr
    assert not Path("x.ics").exists()


def test_check_asks_the_bot_the_gateway_and_every_calendar(
    run: Run, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT", TOKEN)
    monkeypatch.setenv("SMS", SMS_PASSWORD)
    monkeypatch.setenv("ANNA", PASSWORD)
    with (
        served(Telegram().answer) as bot,
        served(Smsc().answer) as sms,
        dav_server(tmp_path) as server,
    ):
        settings(
            "outside:\n"
            f"  telegram: {{token_env: BOT, url: '{bot.url}'}}\n"
            f"  smsc: {{login: romashka, password_env: SMS, url: '{sms.url}'}}\n"
            "calendars:\n  accounts:\n"
            f"  - {{name: anna, employee: {ANNA}, url: '{server.calendar()}',"
            f" login: {LOGIN}, password_env: ANNA}}\n"
        )
        told = {one["area"]: one for one in document(run("check", "--json"))["findings"]}
        assert "@romashka_bot" in told["telegram"]["text"]
        assert "120.50 RUB" in told["sms"]["text"]
        assert told["calendar:anna"]["level"] == "good"
        monkeypatch.setenv("BOT", "1:wrong")
        found = document(run("check", "--json"))["findings"]
    [wrong] = [one for one in found if one["area"] == "telegram"]
    assert (wrong["code"], wrong["level"]) == ("telegram_token", "bad")


def test_a_secret_that_is_not_set_is_told_at_its_line(run: Run) -> None:
    settings("outside:\n  telegram: {token_env: NO_SUCH_VARIABLE}\n")
    done = run("check")
    assert done.exit_code == 2
    assert "hub.yaml:7" in done.output
    assert "NO_SUCH_VARIABLE" in done.output


@pytest.mark.requirement("R72")
@pytest.mark.parametrize("take", ["ours", "theirs"])
def test_a_person_settles_what_the_calendar_and_the_store_say_differently(
    run: Run, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: str
) -> None:
    monkeypatch.setenv("ANNA", PASSWORD)
    key, hour = task(store), timedelta(hours=1)
    with dav_server(tmp_path) as server:
        url = server.calendar()
        settings(
            "calendars:\n  accounts:\n"
            f"  - {{name: anna, employee: {ANNA}, url: '{url}', login: {LOGIN},"
            " password_env: ANNA}\n"
        )
        dav = CalDav("anna", url, LOGIN, PASSWORD)

        def sync() -> None:
            assert run("sync", "calendars", "outbox").exit_code in (0, 3)

        def there() -> Event:
            stored = dav.find(f"{key}.ics")
            assert stored is not None
            [event] = read_events(stored.content, UTC)
            return event

        sync()
        stored = dav.find(f"{key}.ics")
        assert stored is not None
        moved = Event(there().uid, AT + hour, AT + 2 * hour, "Позвонить")
        content = changed(stored.content, moved, written_at=AT)
        server.call("PUT", f"{urlsplit(url).path}{key}.ics", content)
        execute(store, "UPDATE crm.task SET due_at = :at", at=AT - hour)
        sync()
        [dispute] = document(run("conflicts", "list", "--json"))
        number = str(dispute["number"])
        assert run("conflicts", "resolve", number, "--take", take, "--who", "Анна").exit_code == 0
        sync()
        with store.connect() as connection:
            due = connection.execute(text("SELECT due_at FROM crm.task")).scalar_one()
        wanted = AT - hour if take == "ours" else AT + hour
        assert (due, there().starts_at) == (wanted, wanted)
        assert document(run("conflicts", "list", "--json")) == []
