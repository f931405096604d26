"""Every event of the language, as its example says it, is woken by what happens in the store.

One company lives through it all: people, 1C, the PBX, mail and the site write their documents,
and the clock strikes. For every event there is one rule, and its notice says that it has acted.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.calls_desk import kept_store
from tests.flow.trigger_company import FRIDAY, Company

from provodka.flows.triggers.manual import start_by_hand
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.event_kinds import EVENTS

__all__ = ["kept_store"]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OF_STAGES = ("stage_entered", "stage_left", "stage_stayed", "deal_moved_back")
SCENARIO = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: info_letter, name: Первый}
    - {code: proposal, name: Второй}
    - {code: invoice, name: Третий}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
"""
RULE = """\
  - name: on_%(name)s
    title: Когда %(name)s
    when: %(when)s
    do: [{notify: {to: head, subject: %(name)s, text: т}}]
"""
STARTS = """\
  - name: starts
    title: Человек начал, правило продолжает
    when: {manual: send_samples}
    do: [{start_process: {process: water_return}}]
"""


def book(folder: Path) -> RuleBook:
    """A rule for every event, in the words of its example."""
    of_stages, others = folder / "stages.yaml", folder / "others.yaml"
    staged, plain = [SCENARIO, "rules:\n"], ["rules:\n", STARTS]
    for name, kind in EVENTS.items():
        rule = RULE % {"name": name, "when": kind.example}
        (staged if name in OF_STAGES else plain).append(rule)
    of_stages.write_text("".join(staged), encoding="utf-8")
    others.write_text("".join(plain), encoding="utf-8")
    return RuleBook.load([of_stages, others])


def later(one: Company, by: timedelta) -> None:
    one.now += by
    one.strike()
    one.react()


def deals(one: Company) -> UUID:
    """A deal goes forth and back, rests, ends and lives again; somebody starts a process."""
    key = one.deal(scenario="sales", stage="info_letter")
    one.react()
    for stage in ("proposal", "invoice", "proposal"):
        one.update("deal", key, stage=stage)
        one.react()
    with one.engine.begin() as connection:
        start_by_hand(connection, one.book, "send_samples", key, "Лунин")
    one.update("deal", key, responsible_id=one.head)
    one.update("deal", key, paused_at=one.now)
    one.react()
    one.update("deal", key, paused_at=None)
    one.react()
    over = one.deal(scenario="sales", stage="lost")
    one.react()
    one.update("deal", over, stage="proposal", status="open")
    one.react()
    return key


def papers(one: Company, deal: UUID) -> UUID:
    """Papers are posted, changed, taken back; an invoice is paid and shipped in two parts."""
    proposal = one.proposal(deal)
    one.react()
    one.update("proposal", proposal, amount=60000)
    one.react()
    one.update("proposal", proposal, posted=False)
    invoice = one.invoice(deal, "1000.00", due_date=date(2026, 11, 30))
    one.react()
    parts = [(one.pay(invoice, half), one.ship(invoice, half)) for half in ("400.00", "600.00")]
    one.react()
    for payment, shipment in parts[:1]:
        _altered(one, payment, shipment)
    one.update("invoice", invoice, amount=1100)
    one.react()
    one.update("invoice", invoice, posted=False)
    one.react()
    return invoice


def _altered(one: Company, payment: UUID, shipment: UUID) -> None:
    for kind, key in (("payment", payment), ("shipment", shipment)):
        one.update(kind, key, "onec", amount=401)
        one.react()
        one.update(kind, key, "onec", posted=False)
        one.react()


def tasks(one: Company, deal: UUID) -> None:
    """Tasks and stops end in every way there is, one is late, one is taken away."""
    soon = one.now + HOUR
    for kind, status in (
        ("task", "done"), ("task", "failed"), ("task", "cancelled"),
        ("delivery", "done"), ("delivery", "failed"),
    ):  # fmt: skip
        key = one.insert("task", subject=status, deal_id=deal, kind=kind, due_at=soon)
        one.react()
        one.update("task", key, status=status)
    gone = one.insert("task", subject="Лишняя", deal_id=deal)
    one.insert("task", subject="Опоздает", deal_id=deal, due_at=soon)
    one.react()
    one.update("task", gone, deleted_at=one.now)
    one.react()


def talk(one: Company, deal: UUID) -> None:
    """The client calls, writes, reads, visits the site and asks to be called back."""
    called: dict[str, Any] = {"source": "office", "started_at": one.now, "client_id": one.client}
    for key, outcome in (("1", "answered"), ("2", "missed")):
        one.insert(
            "call", "telephony", call_key=key, direction="incoming", outcome=outcome, **called
        )
    one.insert(
        "message", "mail", direction="incoming", status="received", client_id=one.client, text="?"
    )
    sent = one.insert(
        "message", "mail", direction="outgoing", status="sent", deal_id=deal, client_id=one.client
    )
    one.react()
    one.update("message", sent, "mail", read_at=one.now)
    one.react()
    one.update("message", sent, "mail", bounced_at=one.now)
    one.invoice(deal, date=FRIDAY)
    one.insert("visit", "site", client_id=one.client, site="shop", at=FRIDAY + 2 * DAY)
    one.insert("form_entry", "site", kind="form", form="order", client_id=one.client)
    one.insert("form_entry", "site", kind="callback", client_id=one.client)
    one.react()


def time_passes(one: Company, deal: UUID) -> None:
    """A deal stands, a term comes, the client is silent, is lost, and buys again."""
    one.execute("UPDATE crm.deal SET stage_entered_at = :at WHERE id = :id", at=one.now, id=deal)
    one.execute("UPDATE crm.client SET created_at = :at", at=one.now)
    one.execute("UPDATE crm.message SET created_at = :at, sent_at = :at", at=one.now)
    buyer = one.insert("client", name="Клиент-2", responsible_id=one.manager)
    one.insert("shipment", client_id=buyer, posted=True, date=one.now)
    one.invoice(deal, due_date=date(2026, 11, 30))
    for days in (7, 14, 80):
        later(one, days * DAY)
    one.insert("shipment", client_id=buyer, posted=True, date=one.now)
    for _time in range(2):
        later(one, HOUR)


@pytest.fixture(scope="module")
def heard(kept_store: Engine, tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """Which events have woken their rules, and how often."""
    one = Company(kept_store, book(tmp_path_factory.mktemp("rules")))
    one.strike()
    one.react()
    deal = deals(one)
    papers(one, deal)
    tasks(one, deal)
    talk(one, deal)
    later(one, 2 * HOUR)
    time_passes(one, deal)
    assert one.now > FRIDAY + 100 * DAY
    assert one.set_aside() == []
    return Counter(letter.subject for letter in one.letters())


@pytest.mark.parametrize("name", EVENTS)
def test_what_happens_in_the_store_wakes_the_rule_of_its_event(
    heard: Counter[str], name: str
) -> None:
    assert heard[name] >= 1
