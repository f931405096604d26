"""Who saw and did what is only added to, and says nothing about the people who were looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from provodka.connectors.crm_store import audit
from provodka.foundation.identifiers import uuid7

OLD = text("INSERT INTO hub.audit (at, what, detail) VALUES (:at, 'saw', '{}')")
COUNT = text("SELECT count(*) FROM hub.audit")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE hub.audit SET what = 'x'", "DELETE FROM hub.audit", "TRUNCATE hub.audit"],
)
def test_a_line_cannot_be_changed_or_removed(people_store: Engine, statement: str) -> None:
    with people_store.begin() as connection:
        audit.note(connection, None, audit.SAW, "report")
    with pytest.raises(ProgrammingError, match="only added to"), people_store.begin() as connection:
        connection.execute(text(statement))


def test_lines_go_when_they_are_old_enough(people_store: Engine) -> None:
    now = datetime.now(UTC)
    with people_store.begin() as connection:
        connection.execute(OLD, {"at": now - timedelta(days=400)})
        before = connection.execute(COUNT).scalar_one()
        assert audit.erase(connection, now - timedelta(days=365)) == 1
        assert connection.execute(COUNT).scalar_one() == before - 1


def test_what_was_seen_is_listed_by_who_and_by_document(people_store: Engine) -> None:
    document, other = uuid7(), uuid7()
    with people_store.begin() as connection:
        audit.note(connection, other, audit.SAW, "deal", document, {"address": "/deals"})
        audit.note(connection, other, audit.EXPORTED, "report")
        [line] = audit.listed(connection, document=document)
        assert (line.what, line.kind, line.person) == ("saw", "deal", other)
        assert audit.listed(connection, login="nobody-like-that") == []
        assert audit.listed(connection, what=audit.EXPORTED)[0].person == other


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/calls?from=2026-11-01&phone=%2B79161234567", "/calls?from=2026-11-01"),
        ("/dispatcher?q=Иванов&page=2", "/dispatcher?page=2"),
        ("/clients?q=ivanov@example.ru&state=lost", "/clients?state=lost"),
        ("/who/+79161234567", "/who/+…"),
        (
            "/deals/0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01",
            "/deals/0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01",
        ),
    ],
)
def test_what_somebody_searched_for_is_not_kept(address: str, kept: str) -> None:
    assert audit.without_searches(address) == kept
