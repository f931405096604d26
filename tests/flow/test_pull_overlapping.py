"""Pages are written in order while the next ones are read, and never past one that failed."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine

from provodka.connectors.onec.odata.pages import Page
from provodka.flows.onec import overlapping
from provodka.mappings.catalog import load_mappings

CLIENT = load_mappings()["client"]


def pages(count: int) -> list[Page]:
    return [Page([{"Ref_Key": str(number)}], number, 1) for number in range(count)]


@pytest.fixture(autouse=True)
def _nothing_to_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlapping, "_sorted_ahead", lambda *_given: None)


def test_pages_are_saved_in_order_and_counted(store: Engine) -> None:
    saved: list[int] = []

    def save(_connection: Connection, page: Page, _ready: Any) -> Counter[str]:
        saved.append(page.skip)
        return Counter(read=1)

    counts = overlapping.store_pages(store, cast("Any", None), CLIENT, pages(7), save)
    assert saved == list(range(7))
    assert counts == Counter(read=7)


def test_no_page_is_saved_after_one_that_failed(store: Engine) -> None:
    saved: list[int] = []

    def save(_connection: Connection, page: Page, _ready: Any) -> Counter[str]:
        if page.skip == 2:
            raise RuntimeError("the store went away")
        saved.append(page.skip)
        return Counter(read=1)

    with pytest.raises(RuntimeError, match="went away"):
        overlapping.store_pages(store, cast("Any", None), CLIENT, pages(7), save)
    assert saved == [0, 1]
