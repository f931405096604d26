"""Whatever order writers write, commit and give up in, each reader sees each change once."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from provodka.connectors.crm_store import journal, partitions
from provodka.connectors.crm_store.journal import Position
from provodka.connectors.crm_store.partitions import keep_months

WRITERS = 3
READERS = {"all": None, "clients": ("client",)}
WRITE = {
    "client": "INSERT INTO crm.client (name) VALUES (:name)",
    "product": "INSERT INTO crm.product (name) VALUES (:name)",
}
CLOCK_SET_BACK = text("""
    INSERT INTO hub.delta (at, kind, document, part, op, origin, after)
    VALUES (now() - make_interval(months => :months), 'client', gen_random_uuid(), '', 'insert',
            'sql:clock', json_build_object('name', CAST(:name AS text)))
""")
writers = st.integers(0, WRITERS - 1)
writing = st.tuples(st.just("write"), writers, st.sampled_from(["client", "product"]))
committing = st.tuples(st.just("commit"), writers)
reading = st.tuples(st.just("read"), st.sampled_from(sorted(READERS)), st.integers(1, 9))
rarities = st.one_of(
    st.tuples(st.just("write in a savepoint"), writers, st.booleans()),
    st.tuples(st.just("write into the past"), writers, st.integers(1, 2)),
    st.tuples(st.just("roll back"), writers),
    st.tuples(st.just("tend")),
)
steps = st.one_of(writing, committing, reading, rarities)


@dataclass
class Play:
    """Writers with open transactions, readers with their places, and what must be seen."""

    store: Engine
    writers: list[Connection]
    start: Position | None
    number: int = 0
    pending: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    committed: list[tuple[str, str]] = field(default_factory=list)
    seen: dict[str, list[tuple[Position, str]]] = field(default_factory=dict)

    def write(self, writer: int, kind: str) -> None:
        self._run(writer, text(WRITE[kind]), kind, {})

    def write_in_a_savepoint(self, writer: int, keep: bool) -> None:
        before = list(self.pending.get(writer, ()))
        nested = self.writers[writer].begin_nested()
        self.write(writer, "client")
        if not nested.is_active:
            return
        if keep:
            nested.commit()
        else:
            nested.rollback()
            self.pending[writer] = before

    def write_into_the_past(self, writer: int, months: int) -> None:
        self._run(writer, CLOCK_SET_BACK, "client", {"months": months})

    def _run(self, writer: int, statement: object, kind: str, given: dict[str, object]) -> None:
        self.number += 1
        name = f"№ {self.number}"
        try:
            self.writers[writer].execute(statement, given | {"name": name})  # type: ignore[call-overload]
        except DBAPIError:
            # Another writer has opened the same month and has not ended yet.
            self.roll_back(writer)
        else:
            self.pending.setdefault(writer, []).append((kind, name))

    def commit(self, writer: int) -> None:
        self.writers[writer].commit()
        self.committed += self.pending.pop(writer, [])

    def roll_back(self, writer: int) -> None:
        self.writers[writer].rollback()
        self.pending.pop(writer, None)

    def read(self, reader: str, limit: int) -> int:
        seen = self.seen.setdefault(reader, [])
        place = seen[-1][0] if seen else self.start
        with self.store.connect() as connection:
            deltas = journal.read_deltas(connection, place, limit, READERS[reader])
        seen += [(one.position, one.after["name"]) for one in deltas]
        return len(deltas)

    def tend(self) -> None:
        keep_months(self.store)

    def end(self) -> None:
        for writer in range(WRITERS):
            self.commit(writer)
        for reader in READERS:
            while self.read(reader, 3):
                continue


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tends the months gives up at once: it waits for the same thread."""
    monkeypatch.setattr(partitions, "PATIENCE", text("SET LOCAL lock_timeout = '1ms'"))


@pytest.mark.usefixtures("impatient")
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(steps, min_size=20, max_size=40))
def test_every_reader_sees_what_was_committed_once_and_in_order(
    store: Engine, script: list[tuple[object, ...]]
) -> None:
    with ExitStack() as opened:
        with store.connect() as connection:
            start = journal.latest(connection)
        connections = [opened.enter_context(store.connect()) for _writer in range(WRITERS)]
        for one in connections:
            one.exec_driver_sql("SET lock_timeout = '10ms'")
            one.commit()
        play = Play(store, connections, start)
        for name, *given_ in script:
            getattr(play, str(name).replace(" ", "_"))(*given_)
        play.end()
    for reader, kinds in READERS.items():
        places = [place for place, _name in play.seen[reader]]
        assert places == sorted(set(places))
        names = [name for _place, name in play.seen[reader]]
        wanted = [name for kind, name in play.committed if kinds is None or kind in kinds]
        assert sorted(names) == sorted(wanted)
