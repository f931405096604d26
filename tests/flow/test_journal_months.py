"""The journal by months: made ahead, pruned for readers, let go of when nobody needs them."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import cursors, journal, retention, schema
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.connectors.crm_store.partitions import keep_months
from provodka.connectors.crm_store.retention import Held, Reader, drop_old
from provodka.foundation.identifiers import uuid7

TRIGGERS = Reader("triggers")
ADD = text("""
    INSERT INTO hub.delta (at, kind, document, part, op, origin, after)
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
           - make_interval(months => :ago) + interval '10 days',
           :kind, :document, '', :op, :origin, json_build_object('name', CAST(:name AS text))
    RETURNING id
""")
PARTS = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'hub.delta'::regclass ORDER BY 1
"""


def happened(
    store: Engine,
    ago: int,
    name: str = "",
    *,
    kind: str = "invoice",
    document: UUID | None = None,
    op: str = "insert",
    origin: str = "onec",
) -> int:
    """A change of so many months ago; its number."""
    given = {"ago": ago, "name": name, "kind": kind, "op": op, "origin": origin}
    with store.begin() as connection:
        found = connection.execute(ADD, given | {"document": document or uuid7()})
        return int(found.scalar_one())


def months_ago(store: Engine, ago: int) -> date:
    query = "SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => %s))"
    with store.connect() as connection:
        found: date = connection.exec_driver_sql(f"{query}::date", (ago,)).scalar_one()
        return found


def part(store: Engine, ago: int) -> str:
    return f"delta_{months_ago(store, ago):%Y_%m}"


def parts(store: Engine) -> list[str]:
    with store.connect() as connection:
        return list(connection.exec_driver_sql(PARTS).scalars())


def names(deltas: list[Delta]) -> list[str]:
    return [one.after["name"] for one in deltas]


def read(store: Engine, after: Position | None = None) -> list[Delta]:
    with store.connect() as connection:
        return journal.read_deltas(connection, after)


def read_up(store: Engine, stream: str = "triggers") -> None:
    """The reader has read everything."""
    with store.begin() as connection:
        place = journal.latest(connection)
        assert place
        cursors.move(connection, stream, place.to_json())


def where(store: Engine, number: int) -> str:
    query = "SELECT tableoid::regclass::text FROM hub.delta WHERE id = %s"
    with store.connect() as connection:
        return str(connection.exec_driver_sql(query, (number,)).scalar_one())


@contextmanager
def migrating(store: Engine) -> Iterator[Any]:
    config = schema._config()
    with store.begin() as connection:
        config.attributes["connection"] = connection
        yield config


def everything(store: Engine) -> list[tuple[Any, ...]]:
    query = f"SELECT {journal.COLUMNS} FROM hub.delta ORDER BY id"
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_living_store_keeps_every_change_when_its_journal_is_divided(store: Engine) -> None:
    with migrating(store) as config:
        command.downgrade(config, "0012")
    numbers = [happened(store, ago, f"{ago}") for ago in (14, 3, 3, 1, 0)]
    happened(store, 0, "отменено")
    with store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM hub.delta WHERE after->>'name' = 'отменено'")
    before = everything(store)
    assert schema.migrate(store)
    assert everything(store) == before
    assert [where(store, number) for number in numbers] == [
        f"journal.{part(store, ago)}" for ago in (14, 3, 3, 1, 0)
    ]
    assert happened(store, 0) == max(numbers) + 2
    assert names(read(store))[:5] == ["14", "3", "3", "1", "0"]


def test_months_are_made_ahead_and_by_one_of_two_hubs(store: Engine) -> None:
    with store.begin() as connection:
        for ahead in (1, 2):
            connection.exec_driver_sql(f"DROP TABLE journal.{part(store, -ahead)}")
    with ThreadPoolExecutor(2) as pool:
        made = sum(pool.map(keep_months, [store, store]), Counter[str]())
    assert made["made"] == 2
    assert [part(store, -ahead) in parts(store) for ahead in range(4)] == [True, True, True, False]
    assert keep_months(store) == Counter()


def test_a_change_without_a_month_is_kept_and_moves_to_its_month(store: Engine) -> None:
    number = happened(store, 5, "давно")
    assert where(store, number) == "journal.delta_other"
    assert keep_months(store)["made"] == 1
    assert where(store, number) == f"journal.{part(store, 5)}"
    assert names(read(store)) == ["давно"]


def test_whoever_uses_the_journal_is_waited_for_only_a_little(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = text("SET LOCAL lock_timeout = '50ms'")
    monkeypatch.setattr("provodka.connectors.crm_store.partitions.PATIENCE", short)
    happened(store, 5)
    with store.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM hub.delta")
        assert keep_months(store)["busy"] == 1
    assert keep_months(store)["made"] == 1


def touched(plan: dict[str, Any]) -> Iterator[str]:
    """The parts that a plan has really opened."""
    if plan.get("Relation Name", "").startswith("delta_2") and plan["Actual Loops"]:
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from touched(inner)


def explained(connection: Connection, after: Position) -> dict[str, Any]:
    """How the reader's own statement is carried out."""
    asked: list[Any] = []

    class Recorder:
        def execute(self, query: Any, given: Any) -> list[Any]:
            asked.append((query, given))
            return []

    journal.read_deltas(Recorder(), after)  # type: ignore[arg-type]
    [(query, given)] = asked
    found = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.text}"), given)
    plan: dict[str, Any] = found.scalar_one()[0]["Plan"]
    return plan


def test_a_reader_opens_only_the_months_that_it_has_not_passed(store: Engine) -> None:
    for ago in (4, 3, 2, 1, 0):
        happened(store, ago, f"{ago}")
    keep_months(store)
    happened(store, 0, "новое")
    with store.connect() as connection:
        for place in (journal.latest(connection), Position(0, 0)):
            assert place
            opened = set(touched(explained(connection, place)))
            expected = range(5) if place.xid == 0 else range(1)
            months = {part(store, ago) for ago in expected}
            assert {name for name in opened if name <= part(store, 0)} == months


def test_a_change_that_the_clock_has_put_into_a_passed_month_is_read(store: Engine) -> None:
    happened(store, 2, "тогда")
    keep_months(store)
    happened(store, 0, "теперь")
    [*_passed, last] = read(store)
    happened(store, 2, "часы отстали")
    happened(store, 7, "часы сбились")
    assert names(read(store, last.position)) == ["часы отстали", "часы сбились"]
    keep_months(store)
    assert names(read(store, last.position)) == ["часы отстали", "часы сбились"]


def test_old_months_go_to_an_archive_once_they_have_been_read(
    store: Engine, tmp_path: Path
) -> None:
    for ago in (5, 4, 1, 0):
        happened(store, ago, f"{ago}")
    keep_months(store)
    counts, waiting = drop_old(store, 3, [TRIGGERS], tmp_path)
    assert (counts, waiting) == (Counter(), {months_ago(store, 5): Held(("triggers",))})
    read_up(store)
    counts, waiting = drop_old(store, 3, [TRIGGERS], tmp_path)
    assert (counts, waiting) == (Counter(dropped=2, changes=2), {})
    assert names(read(store)) == ["1", "0"]
    file = tmp_path / f"{months_ago(store, 5):%Y-%m}.csv.gz"
    [row] = csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
    assert (row["kind"], row["origin"], row["after"]) == ("invoice", "onec", '{"name" : "5"}')
    with store.connect() as connection:
        gone = retention.archived(connection)
    assert [(one.month, one.changes, one.file) for one in gone] == [
        (months_ago(store, ago), 1, str(tmp_path / f"{months_ago(store, ago):%Y-%m}.csv.gz"))
        for ago in (5, 4)
    ]
    assert not list(tmp_path.glob("*.partial"))


def test_the_present_month_and_the_one_before_it_never_go(store: Engine) -> None:
    for ago in (1, 0):
        happened(store, ago, f"{ago}")
    keep_months(store)
    read_up(store)
    assert drop_old(store, 0, [TRIGGERS], None) == (Counter(), {})
    assert names(read(store)) == ["1", "0"]


def test_a_reader_of_one_kind_holds_a_month_only_by_that_kind(store: Engine) -> None:
    happened(store, 5, kind="deal")
    with store.begin() as connection:
        place = journal.latest(connection)
        assert place
        cursors.move(connection, "report", place.to_json())
    happened(store, 5)
    keep_months(store)
    with store.connect() as connection:
        month = months_ago(store, 5)
        assert retention.held(connection, month, [Reader("report", ("deal",))]) == Held()
        assert retention.held(connection, month, [Reader("report")]) == Held(("report",))
        assert retention.held(connection, month, []) == Held(("report",))


def test_a_change_that_an_errand_or_a_set_aside_rule_waits_for_holds_its_month(
    store: Engine,
) -> None:
    number = happened(store, 5)
    keep_months(store)
    read_up(store)
    with store.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.outbox (key, target, operation, kind, document, state, cause)"
                " VALUES ('k', 'onec', 'push', 'invoice', :document, 'waiting', :cause)"
            ),
            {"document": uuid7(), "cause": number},
        )
        connection.execute(
            text(
                "INSERT INTO hub.quarantine (stream, external_key, code, payload, place, found,"
                " expected, next_step, mapping_version)"
                " VALUES ('triggers', :key, 'c', '{}', '', '', '', '', '')"
            ),
            {"key": str(number)},
        )
    held = Held((), errands=1, aside=1)
    assert drop_old(store, 2, [TRIGGERS], None)[1] == {months_ago(store, 5): held}
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE hub.outbox SET state = 'delivered'")
        connection.exec_driver_sql("UPDATE hub.quarantine SET state = 'healed'")
    assert drop_old(store, 2, [TRIGGERS], None)[0]["dropped"] == 1


def test_what_reports_and_rules_look_back_on_outlives_its_month(store: Engine) -> None:
    corrected = uuid7()
    happened(store, 6, "создан обменом", document=corrected)
    happened(store, 6, "ничей")
    happened(store, 5, "сделка", kind="deal")
    happened(store, 5, "исправил человек", document=corrected, op="update", origin="person:Котов")
    happened(store, 4, "исправил обмен", document=corrected, op="update")
    happened(store, 4, "ничей")
    keep_months(store)
    read_up(store)
    counts, _waiting = drop_old(store, 2, [TRIGGERS], None)
    assert counts == Counter(dropped=3, changes=6, kept=3)
    kept = ["сделка", "исправил человек", "исправил обмен"]
    assert names(read(store)) == kept
    late = happened(store, 5, "часы сбились")
    assert where(store, late) == "journal.delta_kept"
    place = read(store)[2].position
    assert names(read(store, place)) == ["часы сбились"]


def test_an_archive_that_cannot_be_written_leaves_the_month_where_it_is(
    store: Engine, tmp_path: Path
) -> None:
    happened(store, 5, "5")
    keep_months(store)
    read_up(store)
    blocked = tmp_path / "занято"
    blocked.write_text("файл вместо папки", encoding="utf-8")
    with pytest.raises(OSError, match="занято"):
        drop_old(store, 2, [TRIGGERS], blocked)
    assert names(read(store)) == ["5"]
