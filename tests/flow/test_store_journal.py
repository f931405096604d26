"""The journal keeps every real change of every writer, and its readers skip nothing."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.connectors.crm_store.merge import merge, replace_parts
from provodka.connectors.crm_store.tables import metadata
from provodka.foundation.identifiers import uuid7

CLIENT = metadata.tables["crm.client"]
LINES = metadata.tables["crm.proposal_lines"]


def deltas(store: Engine, after: Position | None = None) -> list[Delta]:
    with store.connect() as connection:
        return journal.read_deltas(connection, after)


def client(store: Engine, name: str = "ООО Ландыш", origin: str = "person:Котов") -> UUID:
    key = uuid7()
    with store.begin() as connection:
        journal.attribute(connection, origin, cause=7, depth=2)
        connection.execute(CLIENT.insert().values(id=key, name=name))
    return key


def test_a_change_is_kept_with_before_after_who_and_why(store: Engine) -> None:
    key = client(store)
    with store.begin() as connection:
        journal.attribute(connection, "onec")
        connection.execute(CLIENT.update().values(name="ООО Лютик"))
    born, renamed = deltas(store)
    assert (born.op, born.before, born.origin, born.cause, born.depth) == (
        "insert", None, "person:Котов", 7, 2,
    )  # fmt: skip
    assert (renamed.document, renamed.op, renamed.origin, renamed.cause) == (
        key, "update", "onec", None,
    )  # fmt: skip
    assert (renamed.before["name"], renamed.after["name"]) == ("ООО Ландыш", "ООО Лютик")


def test_a_statement_that_changes_nothing_leaves_no_trace(store: Engine) -> None:
    client(store)
    with store.begin() as connection:
        connection.execute(CLIENT.update().values(name=CLIENT.c.name))
    assert len(deltas(store)) == 1


def test_somebody_with_psql_is_kept_too(store: Engine, store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("INSERT INTO crm.client (name) VALUES ('Из консоли')")
        connection.execute("DELETE FROM crm.client")
    born, gone = deltas(store)
    assert born.origin.startswith("sql:")
    assert (gone.op, gone.after, gone.before["name"]) == ("delete", None, "Из консоли")


def test_emptying_a_table_behind_the_journal_is_refused(store: Engine) -> None:
    with pytest.raises(Exception, match="не попал бы в журнал"), store.begin() as connection:
        connection.execute(text("TRUNCATE crm.client CASCADE"))


def test_what_was_rolled_back_never_happened(store: Engine) -> None:
    with store.connect() as connection:
        connection.execute(CLIENT.insert().values(name="Никогда"))
        connection.rollback()
    assert deltas(store) == []


def test_a_slow_commit_is_not_skipped(store: Engine) -> None:
    slow = store.connect()
    slow.execute(CLIENT.insert().values(name="Медленный"))
    client(store, "Быстрый")
    assert deltas(store) == []
    slow.commit()
    slow.close()
    assert [one.after["name"] for one in deltas(store)] == ["Медленный", "Быстрый"]


def test_readers_beside_many_writers_see_each_change_once(store: Engine) -> None:
    def write() -> None:
        for number in range(15):
            client(store, f"ООО {number}")

    writers = [threading.Thread(target=write) for _writer in range(4)]
    for writer in writers:
        writer.start()
    seen: list[Delta] = []
    place: Position | None = None
    while any(writer.is_alive() for writer in writers) or deltas(store, place):
        page = deltas(store, place)
        seen += page
        place = page[-1].position if page else place
    assert len(seen) == len({one.id for one in seen}) == 60


def test_money_and_times_come_back_exactly(store: Engine) -> None:
    key = client(store)
    with store.begin() as connection:
        connection.execute(
            text("INSERT INTO crm.payment (client_id, amount, kind) VALUES (:c, 0.10, 'bank')"),
            {"c": key},
        )
    amount = deltas(store)[-1].after["amount"]
    assert (amount, type(amount)) == (Decimal("0.10"), Decimal)


def rows(*names: str) -> list[tuple[Any, ...]]:
    return [(UUID(int=number), name) for number, name in enumerate(names, 1)]


def test_a_merge_writes_only_what_differs(store: Engine) -> None:
    with store.begin() as connection:
        assert merge(connection, CLIENT, ("id", "name"), rows("А", "Б")) == 2
    with store.begin() as connection:
        assert merge(connection, CLIENT, ("id", "name"), rows("А", "В", "Г")) == 2
    assert [one.op for one in deltas(store)] == ["insert", "insert", "insert", "update"] or [
        one.op for one in deltas(store)
    ] == ["insert", "insert", "update", "insert"]
    with store.begin() as connection:
        assert merge(connection, CLIENT, ("id", "name"), rows("А", "В", "Г")) == 0
    assert len(deltas(store)) == 4


@pytest.mark.parametrize("nasty", ["a\tb\\c\nd\re", "\\N", "\\.", "'\"; --", "Ёж 😀", "\u2028"])
def test_any_text_survives_a_merge(store: Engine, nasty: str) -> None:
    with store.begin() as connection:
        merge(connection, CLIENT, ("id", "name"), rows(nasty))
        assert connection.execute(CLIENT.select()).one().name == nasty


def test_lines_become_exactly_what_is_given(store: Engine) -> None:
    buyer, paper = client(store), uuid7()
    columns = ("proposal_id", "line", "product_id", "quantity", "price", "amount")
    with store.begin() as connection:
        product = connection.execute(
            text("INSERT INTO crm.product (name) VALUES ('Вода') RETURNING id")
        ).scalar_one()
        connection.execute(
            text("INSERT INTO crm.proposal (id, client_id) VALUES (:p, :c)"),
            {"p": paper, "c": buyer},
        )

    def put(*prices: int) -> int:
        given = [
            (paper, line, product, Decimal(1), Decimal(price), Decimal(price))
            for line, price in enumerate(prices, 1)
        ]
        with store.begin() as connection:
            return replace_parts(
                connection, LINES, columns, given, owner="proposal_id", owners=[paper]
            )

    assert [put(1, 2, 3), put(1, 5), put(1, 5), put()] == [3, 2, 0, 2]
    own = [one for one in deltas(store) if one.part == "lines"]
    assert all(one.document == paper for one in own)
    assert own[-1].after is None
