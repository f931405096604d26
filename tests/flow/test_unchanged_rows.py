"""Rows that are as they were last seen are told by one question to the store, and left alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.tables import metadata
from provodka.flows.onec.taking import Sorted, Taking, sort_rows, take
from provodka.foundation.identifiers import uuid7
from provodka.mappings.books import NO_BOOKS
from provodka.mappings.catalog import load_mappings

MAPPINGS = load_mappings()
PRODUCT = MAPPINGS["product"]
ZONE = ZoneInfo("Europe/Moscow")


def key(number: int) -> str:
    return str(UUID(int=number))


def row(number: int, version: Any = "AAAAAAAAAAE=") -> dict[str, Any]:
    return {"Ref_Key": key(number), "DataVersion": version}


def knowing(store: Engine, *versions: str | None) -> Taking:
    """A run on a store that has bound the keys 1, 2 … and last saw them with these versions."""
    with store.begin() as connection:
        for number, version in enumerate(versions, 1):
            document = uuid7()
            table = metadata.tables["crm.product"]
            connection.execute(table.insert().values(id=document, name=f"Чай {number}"))
            one = Binding("onec", "product", key(number), document, version, {})
            bindings.save(connection, one)
    return Taking(ZONE, NO_BOOKS, MAPPINGS)


def looked_at(store: Engine, taking: Taking, *rows: Any) -> Sorted:
    with store.begin() as connection:
        return sort_rows(connection, taking, PRODUCT, list(rows))


def test_a_page_without_changes_is_one_question_and_no_writing(store: Engine) -> None:
    taking = knowing(store, *["AAAAAAAAAAE="] * 30)
    page = [row(number) for number in range(1, 31)]
    asked: list[str] = []
    looked_at(store, taking, *page)
    event.listen(store, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with store.begin() as connection:
        counts = take(connection, taking, PRODUCT, page)
    assert counts == {"read": 30, "same": 30}
    assert [query.split()[0] for query in asked] == ["SELECT", "SAVEPOINT", "SELECT", "RELEASE"]


@pytest.mark.parametrize(
    "changed",
    [
        row(1, "AAAAAAAAAAI="),
        row(7),
        row(2, None),
        {"Ref_Key": key(2)},
        row(1, ["AAAAAAAAAAE="]),
        {"Ref_Key": [1], "DataVersion": "AAAAAAAAAAE="},
        row(1, "AAAAAAAAAAE=\0"),
        {"Ref_Key": f"{key(1)}\0", "DataVersion": "AAAAAAAAAAE="},
        "не строка набора",
        None,
    ],
)
def test_a_row_that_differs_or_tells_no_version_is_looked_at(store: Engine, changed: Any) -> None:
    taking = knowing(store, "AAAAAAAAAAE=", None, "AAAAAAAAAAE=")
    found = looked_at(store, taking, row(3), changed)
    assert (found.same, len(found.page.misunderstood)) == (1, 1)


def test_of_a_key_that_came_twice_only_what_is_known_is_left_alone(store: Engine) -> None:
    taking = knowing(store, "AAAAAAAAAAI=")
    for rows in ([row(1), row(1, "AAAAAAAAAAI=")], [row(1, "AAAAAAAAAAI="), row(1)]):
        found = looked_at(store, taking, *rows)
        assert len(found.page.misunderstood) >= 1


def test_a_mended_mapping_reads_what_has_not_changed(store: Engine) -> None:
    taking = knowing(store, "AAAAAAAAAAE=")
    taking.again = True
    found = looked_at(store, taking, row(1))
    assert (found.same, len(found.page.misunderstood)) == (0, 1)
