"""A stream stops at a page too much of which makes no sense, says why, and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.e2e.company import Company, run
from tests.e2e.neighbours import Neighbours

from provodka.connectors.crm_store import cursors
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import taking_for
from provodka.flows.onec.replaying import replay
from provodka.flows.onec.taking import take
from provodka.flows.recorded import run_recorded
from provodka.flows.settings import Streams
from provodka.flows.streams import STREAMS
from provodka.flows.tolerance import Tolerance, TooManySetAside

PRODUCTS = "Catalog_Номенклатура"
REF = "00000000-0000-4000-8000-{:012}"
STREAM = "onec:product"


def page(sandbox: Neighbours, good: int, bad: int, first: int = 1) -> list[dict[str, Any]]:
    """Rows like those of the base; the bad ones have a number for a name."""
    sample = sandbox.rows(PRODUCTS)[-1]
    return [
        {**sample, "Ref_Key": REF.format(n), "DataVersion": f"{n}=", "Code": f"{n}",
         "Артикул": f"{n}", "Description": f"Новый {n}" if n < first + good else n}
        for n in range(first, first + good + bad)
    ]  # fmt: skip


def taken(hub: Hub, rows: list[dict[str, Any]], tolerance: Tolerance | None = None) -> Any:
    mapping = hub.mappings["product"]
    taking = taking_for(hub, [mapping])
    taking.tolerance = tolerance or Tolerance(20, 3)
    with hub.engine.begin() as connection:
        cursors.move(connection, STREAM, {"page": len(rows)})
        return take(connection, taking, mapping, rows)


@pytest.mark.requirement("R75")
def test_a_page_with_too_many_misfits_is_not_taken_and_the_cursor_stays(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    before = company.value("SELECT position FROM hub.cursor WHERE stream = :s", s=STREAM)
    with pytest.raises(TooManySetAside) as stopped:
        taken(hub, page(sandbox, good=11, bad=3))
    assert "3 из 14" in stopped.value.found
    assert "Description" in stopped.value.found
    assert "set_aside_share" in stopped.value.next_step
    assert company.value("SELECT position FROM hub.cursor WHERE stream = :s", s=STREAM) == before
    assert company.rows("SELECT 1 FROM crm.product WHERE name LIKE 'Новый%'") == []


@pytest.mark.parametrize(("good", "bad"), [(12, 3), (0, 2)])
def test_a_page_at_the_limit_or_with_few_misfits_goes_on(
    hub: Hub, company: Company, sandbox: Neighbours, good: int, bad: int
) -> None:
    counts = taken(hub, page(sandbox, good, bad))
    assert (counts["new"], counts["set_aside"]) == (good, bad)
    assert len(company.set_aside(STREAM)) == bad


def test_misfits_that_are_known_already_do_not_stop_the_next_page(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    rows = page(sandbox, good=0, bad=5)
    taken(hub, rows, Tolerance(100, 1))
    counts = taken(hub, rows + page(sandbox, good=1, bad=0, first=9))
    assert (counts["new"], counts["set_aside"]) == (1, 5)
    assert [row.times for row in company.set_aside(STREAM)] == [2] * 5


def test_what_the_store_refuses_counts_too(hub: Hub, company: Company, sandbox: Neighbours) -> None:
    company.execute("ALTER TABLE crm.product ADD CONSTRAINT odd CHECK (name NOT LIKE 'Новый%')")
    with pytest.raises(TooManySetAside, match="odd"):
        taken(hub, page(sandbox, good=4, bad=0))


def test_a_stopped_stream_is_told_in_its_run_and_its_documents_can_be_seen_and_replayed(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    rate = sandbox.rows(PRODUCTS)[-1]["ВидСтавкиНДС"]
    for number in range(3):
        code = f"Б{number}"
        sandbox.create(PRODUCTS, Code=code, Артикул=code, Description="x", ВидСтавкиНДС=rate)
    company.execute("ALTER TABLE crm.product ADD CONSTRAINT odd CHECK (name <> 'x') NOT VALID")
    strict = hub.settings.streams.model_copy(update={"set_aside_least": 2})
    hub = replace(hub, settings=hub.settings.model_copy(update={"streams": strict}))
    ran = run_recorded(hub, STREAMS["catalogs"])
    assert ran.state == "failed"
    assert "odd" in ran.note
    stopped = company.rows("SELECT * FROM hub.quarantine WHERE state = 'stopped'")
    assert len(stopped) == 3
    assert company.set_aside() == []
    assert run_recorded(hub, STREAMS["catalogs"]).state == "failed"
    company.execute("ALTER TABLE crm.product DROP CONSTRAINT odd")
    replay(hub, STREAM, [stopped[0].external_key])
    assert len(company.rows("SELECT 1 FROM crm.product WHERE name = 'x'")) == 1
    run(hub, "catalogs")
    assert len(company.rows("SELECT 1 FROM crm.product WHERE name = 'x'")) == 3
    assert company.rows("SELECT 1 FROM hub.quarantine WHERE state <> 'healed'") == []


def test_the_limits_are_those_of_the_settings() -> None:
    assert Tolerance.of(Streams()) == Tolerance(20, 10)
    assert Tolerance.of(Streams(set_aside_share=5, set_aside_least=1)) == Tolerance(5, 1)


def test_a_newer_reason_takes_the_place_of_the_older_one(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    [row] = page(sandbox, good=0, bad=1)
    taken(hub, [row])
    company.execute("ALTER TABLE crm.product ADD CONSTRAINT odd CHECK (name <> 'x') NOT VALID")
    taken(hub, [row | {"Description": "x", "DataVersion": "2="}])
    [aside] = company.set_aside(STREAM)
    assert "odd" in aside.code
    company.execute("ALTER TABLE crm.product DROP CONSTRAINT odd")
