"""Drafts that a rule has made are deleted by a rule, and nothing that anybody may rely on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.trigger_rules.book import RULES, RuleBook
from provodka.trigger_rules.lint import lint


@pytest.fixture
def company(store: Engine) -> Company:
    return Company(store, RuleBook.load([RULES / "bitrix_style.yaml"]))


def offered(company: Company) -> tuple[UUID, UUID]:
    """A lead at the stage of its offer, and the draft of the proposal that a rule has made."""
    lead = company.deal(scenario="bitrix_style", stage="new_lead", amount=Decimal(700))
    company.react()
    company.update("deal", lead, stage="offer")
    company.react()
    [row] = company.rows("SELECT id, posted FROM crm.proposal")
    assert not row.posted
    return lead, row.id


def living(company: Company) -> int:
    return len(company.rows("SELECT FROM crm.proposal WHERE deleted_at IS NULL"))


@pytest.mark.requirement("R51")
def test_the_draft_of_a_poor_lead_is_deleted_with_its_history(company: Company) -> None:
    lead, draft = offered(company)
    company.update("deal", lead, stage="poor")
    company.react()
    assert living(company) == 0
    [last] = company.rows(
        "SELECT origin FROM hub.delta WHERE document = :id AND op = 'update'", id=draft
    )
    assert last.origin == "rule:poor_archive"


@pytest.mark.parametrize(
    ("who", "touched"),
    [
        ("person:test", "UPDATE crm.proposal SET comment = 'Договорились о скидке'"),
        ("rule:another", "UPDATE crm.proposal SET posted = true"),
        (
            "onec",
            "INSERT INTO hub.binding (system, kind, external_key, document)"
            " SELECT 'onec', 'proposal', 'key', id FROM crm.proposal",
        ),
    ],
    ids=["by hand", "posted", "in 1C"],
)
def test_what_somebody_relies_on_stays(company: Company, who: str, touched: str) -> None:
    lead, _draft = offered(company)
    company.execute(touched, who)
    company.react()
    company.update("deal", lead, stage="poor")
    company.react()
    assert living(company) == 1


def test_a_proposal_that_a_person_has_entered_stays(company: Company) -> None:
    lead, _draft = offered(company)
    company.proposal(lead, posted=False)
    company.update("deal", lead, stage="poor")
    company.react()
    assert living(company) == 1


def test_the_name_of_a_rule_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules:\n"
        "  - {name: offer, title: Т, when: {document_created: deal}, do: [{create_document:"
        " {kind: proposal}}]}\n"
        "  - {name: tidy, title: Т, when: deal_closed, do: [{delete_document:"
        " {kind: proposal, created_by: ofer}}]}\n",
        encoding="utf-8",
    )
    [error] = lint(RuleBook.load([path]))
    assert (error.code, error.expected) == ("unknown_rule", "возможно, «offer»")
