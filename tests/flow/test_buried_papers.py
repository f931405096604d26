"""Papers that are marked deleted before the rules have read of them."""

from __future__ import annotations

from tests.e2e.company import Company, run

from provodka.flows.hub import Hub


def test_rules_go_on_after_a_paper_that_was_deleted_before_they_read_of_it(
    hub: Hub, company: Company
) -> None:
    key = company.bill(company.deal())
    company.execute("UPDATE crm.invoice SET deleted_at = now() WHERE id = :id", id=key)
    run(hub, "triggers")
    assert run(hub, "triggers")["deltas"] == 0
