"""A rule goes on with a deal that rests, and takes expected revenue from the paper at hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.trigger_rules.book import RuleBook

RULES = """
rules:
  - {name: revenue, title: Выручка по документу, when: proposal_posted,
     do: [recompute_revenue: {over_hand: %s}]}
  - {name: again, title: Клиент написал — работаем дальше, when: mail_received,
     do: [resume_deal: {}]}
"""


def company(store: Engine, folder: Path, over_hand: str = "false") -> Company:
    path = folder / "rules.yaml"
    path.write_text(RULES % over_hand, encoding="utf-8")
    one = Company(store)
    one.book = RuleBook.load([path])
    return one


@pytest.mark.requirement("R21", "R51")
@pytest.mark.parametrize(("over_hand", "left"), [("false", "7.00"), ("true", "60000.00")])
def test_expected_revenue_follows_the_paper_unless_a_person_has_corrected_it(
    store: Engine, tmp_path: Path, over_hand: str, left: str
) -> None:
    one = company(store, tmp_path, over_hand)
    key = one.deal()
    one.proposal(key, "50000.00")
    one.react()
    seen = "SELECT expected_revenue FROM crm.deal WHERE id = :id"
    assert one.rows(seen, id=key)[0].expected_revenue == Decimal("50000.00")
    one.update("deal", key, expected_revenue=Decimal("7.00"))
    one.proposal(key, "60000.00")
    one.react()
    assert one.rows(seen, id=key)[0].expected_revenue == Decimal(left)


@pytest.mark.requirement("R51")
def test_a_deal_that_rests_is_worked_on_again_when_a_rule_says_so(
    store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path)
    key = one.deal()
    one.update("deal", key, paused_at=one.now)
    letter = {"direction": "incoming", "status": "received", "text": "Вернемся к делу?"}
    one.insert("message", "mail", deal_id=key, client_id=one.client, **letter)
    one.react()
    [row] = one.rows("SELECT paused_at FROM crm.deal WHERE id = :id", id=key)
    assert row.paused_at is None
