"""Tasks and meetings in a real calendar: out once, moved by either side, busy hours in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import stamina
from sqlalchemy import Engine, text
from tests.contract.calendars.dav_server import LOGIN, PASSWORD, DavServer, dav_server

from provodka.connectors.calendars.caldav import CalDav
from provodka.connectors.calendars.events import Event, changed, read_events, to_ics
from provodka.connectors.crm_store import conflicts, journal
from provodka.flows.calendars.busy import busy_between, read_busy
from provodka.flows.calendars.courier import CalendarCourier
from provodka.flows.calendars.pulling import Source, pull
from provodka.flows.calendars.queueing import watch
from provodka.flows.deliver.loop import deliver
from provodka.foundation.identifiers import uuid7

ANNA = "anna@romashka.example"
ZONE = ZoneInfo("Europe/Moscow")
KINDS = ("call", "meeting", "task")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with dav_server(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@dataclass
class Desk:
    """Anna's work: the store, her calendar, and the hub between them."""

    engine: Engine
    server: DavServer
    url: str
    anna: UUID

    def __post_init__(self) -> None:
        self.dav = CalDav("anna", self.url, LOGIN, PASSWORD, timeout=20)
        self.source = Source("anna", ANNA, KINDS, ZONE, self.dav)
        self.courier = CalendarCourier(
            "anna", ANNA, KINDS, 30, ZONE, self.dav, self.engine, lambda: NOW
        )

    def execute(self, sql: str, origin: str = "person:Котов", **values: Any) -> None:
        with self.engine.begin() as connection:
            journal.attribute(connection, origin)
            connection.execute(text(sql), values)

    def task(self, subject: str = "Позвонить", kind: str = "call", **values: Any) -> UUID:
        key = uuid7()
        given: dict[str, Any] = {"id": key, "who": self.anna, "due": AT}
        given |= {"subject": subject, "kind": kind}
        self.execute(
            "INSERT INTO crm.task (id, subject, kind, executor_id, due_at)"
            " VALUES (:id, :subject, :kind, :who, :due)",
            **(given | values),
        )
        return key

    def row(self, key: UUID) -> Any:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM crm.task WHERE id = :id"), {"id": key})
            return found.one()

    def sync(self) -> Counter[str]:
        """One round of the hub, to its end."""
        counts = pull(self.engine, self.source)
        counts += watch(self.engine, {"anna": ANNA}, KINDS)
        while True:
            self.execute(
                "UPDATE hub.outbox SET due_at = now(), intent_at = intent_at - interval '1h'"
            )
            done = deliver(self.engine, self.courier)
            if not done:
                return counts
            counts += done

    def events(self) -> list[Event]:
        """What Anna sees."""
        found = [read_events(one.content, ZONE) for one in self.dav.changes("").stored]
        return sorted((event for events in found for event in events), key=lambda one: one.summary)

    def by_hand(self, key: UUID, **changes: Any) -> None:
        """Anna changes an event in her own program."""
        name = f"{key}.ics"
        there = self.dav.find(name)
        assert there is not None
        [event] = read_events(there.content, ZONE)
        moved = Event(**{**{f: getattr(event, f) for f in Event.__slots__}, **changes})
        content = changed(there.content, moved, written_at=NOW)
        path = f"{urlsplit(self.url).path}{name}"
        assert self.server.call("PUT", path, content)[0] in (201, 204)

    def puts(self) -> int:
        """How often the hub has written to the calendar."""
        path = urlsplit(self.url).path
        return sum(m == "PUT" and p.startswith(path) for m, p in self.server.asked)

    def disputes(self) -> list[Any]:
        with self.engine.connect() as connection:
            return conflicts.listed(connection)


@pytest.fixture
def desk(store: Engine, radicale: DavServer) -> Iterator[Desk]:
    anna = uuid7()
    with store.begin() as connection:
        connection.execute(
            text("INSERT INTO crm.employee (id, name, email) VALUES (:id, 'Анна', :email)"),
            {"id": anna, "email": ANNA},
        )
    stamina.set_testing(True, attempts=2, cap=True)
    radicale.faults.clear()
    yield Desk(store, radicale, radicale.calendar(), anna)
    stamina.set_testing(False)


@pytest.mark.requirement("R72", "S-10")
def test_tasks_stand_in_the_calendar_of_whoever_has_to_do_them(desk: Desk) -> None:
    desk.task("Позвонить Ивановым")
    desk.task("Договориться", kind="letter")
    desk.execute(
        "INSERT INTO crm.interaction (kind, status, employee_id, at, subject)"
        " VALUES ('meeting', 'planned', :who, :at, 'Встреча в офисе')",
        who=desk.anna, at=AT,
    )  # fmt: skip
    desk.sync()
    seen = [
        (event.summary, event.starts_at, event.ends_at - event.starts_at) for event in desk.events()
    ]
    half = timedelta(minutes=30)
    assert seen == [("Встреча в офисе", AT, half), ("Позвонить Ивановым", AT, half)]


@pytest.fixture
def list_desk(desk: Desk) -> Desk:
    """Anna has her tasks in a list, and not in the hours of her day."""
    desk.courier = replace(desk.courier, todos=True)
    return desk


@pytest.mark.requirement("S-10")
def test_tasks_stand_in_a_list_with_their_due_dates_and_meetings_among_the_hours(
    list_desk: Desk,
) -> None:
    list_desk.task("Позвонить Ивановым")
    list_desk.execute(
        "INSERT INTO crm.interaction (kind, status, employee_id, at, subject)"
        " VALUES ('meeting', 'planned', :who, :at, 'Встреча в офисе')",
        who=list_desk.anna, at=AT,
    )  # fmt: skip
    list_desk.sync()
    seen = [(one.summary, one.todo, one.starts_at, one.busy) for one in list_desk.events()]
    assert seen == [("Встреча в офисе", False, AT, True), ("Позвонить Ивановым", True, AT, False)]
    assert list_desk.sync()["delivered"] == 0


def test_the_due_date_of_a_list_moves_both_ways(list_desk: Desk) -> None:
    key = list_desk.task()
    list_desk.sync()
    list_desk.by_hand(key, starts_at=AT + HOUR)
    list_desk.sync()
    assert list_desk.row(key).due_at == AT + HOUR
    list_desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT + 2 * HOUR, id=key)
    list_desk.sync()
    [event] = list_desk.events()
    assert (event.todo, event.starts_at) == (True, AT + 2 * HOUR)


def test_what_is_ticked_off_in_the_list_is_a_task_done_and_stays_ticked_off(
    list_desk: Desk,
) -> None:
    key = list_desk.task()
    list_desk.sync()
    there = list_desk.dav.find(f"{key}.ics")
    assert there is not None
    ticked = there.content.replace(b"BEGIN:VTODO", b"BEGIN:VTODO\r\nSTATUS:COMPLETED")
    path = f"{urlsplit(list_desk.url).path}{key}.ics"
    assert list_desk.server.call("PUT", path, ticked)[0] in (201, 204)
    list_desk.sync()
    row = list_desk.row(key)
    assert (row.status, row.finished_at is not None) == ("done", True)
    puts = list_desk.puts()
    list_desk.sync()
    assert [one.done for one in list_desk.events()] == [True]
    assert list_desk.puts() == puts


def test_an_event_from_before_stays_an_event_when_tasks_become_a_list(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.courier = replace(desk.courier, todos=True)
    desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT + HOUR, id=key)
    desk.sync()
    [event] = desk.events()
    assert (event.todo, event.starts_at) == (False, AT + HOUR)


def test_what_has_not_changed_is_not_written_again(desk: Desk) -> None:
    desk.task()
    desk.sync()
    assert desk.puts() == 1
    assert desk.sync() == Counter()
    assert desk.puts() == 1


@pytest.mark.requirement("R72")
def test_a_task_that_was_moved_here_moves_there(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT + HOUR, id=key)
    desk.sync()
    [event] = desk.events()
    assert event.starts_at == AT + HOUR
    assert desk.sync() == Counter()


@pytest.mark.requirement("R72")
def test_an_event_that_its_owner_has_moved_moves_the_task_and_is_no_echo(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.by_hand(key, starts_at=AT + HOUR, ends_at=AT + 3 * HOUR, summary="Позвонить утром")
    desk.sync()
    row = desk.row(key)
    assert (row.due_at, row.subject) == (AT + HOUR, "Позвонить утром")
    written = desk.puts()
    desk.sync()
    assert desk.puts() == written
    desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT, id=key)
    desk.sync()
    [event] = desk.events()
    # How long it lasts is the owner's.
    assert (event.starts_at, event.ends_at) == (AT, AT + 2 * HOUR)


def test_the_journal_names_the_calendar_as_who_has_moved_the_task(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.by_hand(key, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    desk.sync()
    with desk.engine.connect() as connection:
        last = journal.read_deltas(connection, None, kinds=["task"])[-1]
    assert (last.origin, last.op) == ("calendar:anna", "update")


def test_each_side_changes_another_field_and_both_changes_stand(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.by_hand(key, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    desk.execute("UPDATE crm.task SET subject = 'Написать' WHERE id = :id", id=key)
    desk.sync()
    [event] = desk.events()
    assert (event.starts_at, event.summary) == (AT + HOUR, "Написать")
    assert (desk.row(key).due_at, desk.disputes()) == (AT + HOUR, [])


def test_two_times_for_one_task_wait_for_a_person_and_nothing_is_overwritten(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.by_hand(key, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT - HOUR, id=key)
    desk.sync()
    [event], [dispute] = desk.events(), desk.disputes()
    assert (event.starts_at, desk.row(key).due_at) == (AT + HOUR, AT - HOUR)
    assert (dispute["field"], dispute["stream"]) == ("due_at", "calendar:anna")
    # Nor does another change push one of them through.
    desk.execute("UPDATE crm.task SET subject = 'Написать' WHERE id = :id", id=key)
    desk.sync()
    [event] = desk.events()
    assert (event.starts_at, event.summary) == (AT + HOUR, "Написать")
    assert desk.row(key).due_at == AT - HOUR


@pytest.mark.parametrize(
    "change",
    [
        "status = 'done'",
        "status = 'cancelled'",
        "deleted_at = now()",
        "executor_id = NULL",
        "kind = 'letter'",
    ],
)
def test_what_is_no_longer_hers_to_do_leaves_the_calendar(desk: Desk, change: str) -> None:
    key = desk.task()
    desk.sync()
    desk.execute(f"UPDATE crm.task SET {change} WHERE id = :id", id=key)
    desk.sync()
    assert desk.events() == []


def test_an_event_that_its_owner_has_removed_does_not_come_back_and_the_task_stays(
    desk: Desk,
) -> None:
    key = desk.task()
    desk.sync()
    assert desk.server.call("DELETE", f"{urlsplit(desk.url).path}{key}.ics")[0] == 200
    desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT + HOUR, id=key)
    desk.sync()
    assert (desk.events(), desk.row(key).status) == ([], "open")


@pytest.mark.parametrize("moved", [False, True], ids=["as it was", "moved here meanwhile"])
def test_after_a_lost_answer_the_event_is_there_once_and_up_to_date(
    desk: Desk, *, moved: bool
) -> None:
    key = desk.task()
    desk.server.faults["PUT"] = ["lost"]
    watch(desk.engine, {"anna": ANNA}, KINDS)
    assert deliver(desk.engine, desk.courier) == {"postponed": 1}
    if moved:
        desk.execute("UPDATE crm.task SET due_at = :at WHERE id = :id", at=AT + HOUR, id=key)
    desk.sync()
    [event] = desk.events()
    assert event.starts_at == desk.row(key).due_at
    assert (desk.puts(), desk.disputes()) == (1 + moved, [])


def test_a_change_that_was_made_there_between_look_and_write_is_not_overwritten(
    desk: Desk,
) -> None:
    key = desk.task()
    desk.sync()
    desk.execute("UPDATE crm.task SET subject = 'Написать' WHERE id = :id", id=key)
    desk.server.faults["PUT"] = ["412"]
    desk.sync()
    [event] = desk.events()
    assert event.summary == "Написать"


def test_a_calendar_that_is_new_gets_what_there_is_to_do(desk: Desk) -> None:
    for number in range(3):
        desk.task(f"Дело {number}")
    assert desk.sync()["queued"] == 3
    assert len(desk.events()) == 3


def test_a_server_that_forgets_its_tokens_is_read_anew(desk: Desk) -> None:
    key = desk.task()
    desk.sync()
    desk.by_hand(key, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    desk.execute(
        'UPDATE hub.cursor SET position = \'{"token": "http://radicale.org/ns/sync/old"}\''
        " WHERE stream = 'calendar:anna'"
    )
    desk.sync()
    assert desk.row(key).due_at == AT + HOUR


@pytest.mark.requirement("R72")
def test_busy_hours_are_kept_without_titles_and_follow_the_calendar(desk: Desk) -> None:
    private = Event("private", AT, AT + 2 * HOUR, "Врач")
    free = to_ics([Event("free", AT, AT + HOUR, "Праздник")], written_at=NOW)
    free = free.replace(b"SUMMARY", b"TRANSP:TRANSPARENT\r\nSUMMARY")
    desk.dav.create("private.ics", to_ics([private], written_at=NOW), before=lambda: None)
    desk.dav.create("free.ics", free, before=lambda: None)
    assert read_busy(desk.engine, desk.source, NOW, 30) == {"changed": 1}
    assert read_busy(desk.engine, desk.source, NOW, 30) == {"changed": 0}
    with desk.engine.connect() as connection:
        taken = busy_between(connection, desk.anna, AT + HOUR, AT + 5 * HOUR)
        kept = connection.execute(text("SELECT * FROM hub.busy")).one()
    assert taken == HOUR
    assert not any("Врач" in str(value) for value in kept)
    desk.dav.remove("private.ics", "", before=lambda: None)
    assert read_busy(desk.engine, desk.source, NOW, 30) == {"changed": 1}
