"""Whatever outside systems put into the store stays words: no page takes it for markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.e2e.web.served import Look, Pages

from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.people.roles import Role

pytestmark = pytest.mark.timeout(300)
MARKUP = "'\"><img src=x onerror=window.caught=1><script>window.caught=1</script>{{7*7}}${7*7}"
TEXTS = """
    SELECT format('%I.%I', table_schema, table_name) AS place, array_agg(column_name::text) AS names
    FROM information_schema.columns c
    WHERE table_schema IN ('crm', 'report', 'hub') AND data_type = 'text' AND is_generated = 'NEVER'
      AND table_name = ANY (:tables)
    GROUP BY 1 ORDER BY 1
"""
KNOWN = """
    SELECT attname::text FROM pg_attribute a
    WHERE attrelid = CAST(:place AS regclass) AND EXISTS (
      SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey))
    UNION SELECT attname::text FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid
      AND a.attnum = ANY (i.indkey) AND i.indisunique
    WHERE attrelid = CAST(:place AS regclass)
"""
OUTSIDE = (
    "client",
    "contact",
    "message",
    "call",
    "invoice",
    "invoice_lines",
    "product",
    "employee",
)
OUTSIDE_TOO = ("deal", "task", "contract", "payment", "shipment", "delivery_point", "quarantine")
KEY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|(?<=/rules/)(?!why)[^/]+|(?<=/reports/)\w+"
)
LINK = re.compile(
    r'(?:href|hx-get)="(/(?:documents|rules|attention|reports/\w+/documents)[/?][^"]*)"'
)
DOCUMENTS = ("client", "deal", "invoice", "call", "message", "task", "payment")


@pytest.fixture(scope="module")
def poisoned(pages: Pages) -> Pages:
    """The company with markup at the end of every free text that came from outside."""
    tables = [*OUTSIDE, *OUTSIDE_TOO]
    with pages.hub.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for place, names in connection.execute(text(TEXTS), {"tables": tables}).all():
            kept = set(connection.execute(text(KNOWN), {"place": place}).scalars())
            free = [f"{name} = {name} || :markup" for name in names if name not in kept]
            if free:
                connection.execute(
                    text(f"UPDATE {place} SET {', '.join(free)}"), {"markup": MARKUP}
                )
    return pages


def caught(look: Look) -> object:
    """What came of the markup: a script that ran, or an element that was made of it."""
    look.page.wait_for_load_state("load")
    return look.page.evaluate(
        "window.caught || document.querySelector('[onerror], img[src=x]')?.outerHTML || null"
    )


@pytest.fixture(scope="module")
def window(poisoned: Pages) -> Iterator[Look]:
    """A window in which somebody with every role goes from page to page."""
    with poisoned.opened_by(*Role, employee=courier(poisoned)) as look:
        yield look


@pytest.mark.parametrize("name", [page.name for page in all_pages() if page.menu])
def test_words_of_others_on_a_page_stay_words(window: Look, name: str) -> None:
    [page] = [one for one in all_pages() if one.name == name]
    window.leave()
    answer = window.page.goto(page.path)
    assert answer is not None
    assert answer.status == 200
    assert caught(window) is None
    assert window.complaints == []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_words_of_others_on_the_page_of_a_document_stay_words(
    poisoned: Pages, window: Look, kind: str
) -> None:
    document = poisoned.value(f'SELECT id FROM crm."{kind}" ORDER BY id DESC LIMIT 1')
    assert document is not None
    window.leave()
    answer = window.page.goto(f"/documents/{kind}/{document}")
    assert answer is not None
    assert answer.status == 200
    assert "onerror" in window.page.inner_text("main")
    assert caught(window) is None
    assert window.complaints == []


def test_words_of_others_stay_words_wherever_a_link_leads(window: Look) -> None:
    asked, left, torn = set(), ["/invoices", "/rules", "/reports/funnel", "/reports/calls"], []
    while left:
        address = left.pop(0)
        if (sort := sort_of(address)) in asked:
            continue
        asked.add(sort)
        answer = window.page.request.get(address)
        if answer.status >= 500:
            torn.append(f"{address}: {answer.status}")
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        text = answer.text()
        if "<img src=x" in text or "<script>window" in text:
            torn.append(address)
        left += [unescape(found) for found in LINK.findall(text)]
    assert torn == []
    assert {"life", "history", "talk"} <= {side for _path, side in asked}
    assert len(asked) > 2 * len(DOCUMENTS)


def sort_of(address: str) -> tuple[str, str]:
    """One of each sort of pages is looked at: a kind of documents, a side of any, a list behind."""
    path, _mark, query = address.partition("?")
    said = parse_qs(query)
    side = said.get("show", said.get("section", [""]))[0]
    return "" if side else KEY.sub("…", path), side


def courier(pages: Pages) -> UUID:
    """Somebody who may have stops."""
    found: UUID = pages.value("SELECT id FROM crm.employee ORDER BY id LIMIT 1")
    return found
