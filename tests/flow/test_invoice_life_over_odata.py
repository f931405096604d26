"""One invoice's life over OData, as an accountant is shown it."""

from __future__ import annotations

from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.dashboards.insight.trace import trace
from provodka.flows.cli.screen import Branch
from provodka.flows.cli.trace_tree import TraceTrees
from provodka.flows.hub import Hub


def lines(branch: Branch) -> list[str]:
    return [branch.text, *(line for below in branch.below for line in lines(below))]


def test_trace_tells_one_invoices_life_from_its_maker_to_its_papers(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    [there] = sandbox.rows(INVOICES)
    sandbox.pay(there["Number"])
    sandbox.ship(there["Number"])
    run(hub, "accounting")
    settle(hub)
    with hub.engine.connect() as connection:
        trees = TraceTrees(trace(connection, company.number(key)))
    story = [line for tree in (trees.history(), *trees.marks()) for line in lines(tree)]
    written = f"записано по OData и прочитано обратно, ссылка {there['Ref_Key']}, метка [prv:"
    in_order = [
        "откуда: сотрудник",
        "сейчас: в бухгалтерии записан; оплачено 50000.00 из 50000.00 RUB; отгружено 50000.00",
        "записать счет",
        written,
        "Оплачено по проведенным платежам: 0 → 50000",
        "Отгружено по проведенным реализациям: 0 → 50000",
        "поступление ",
        "отгрузка ",
    ]
    places = [next(at for at, line in enumerate(story) if part in line) for part in in_order]
    assert places == sorted(places)
