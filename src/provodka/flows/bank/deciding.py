"""Every receipt that waits: met with 1C's, matched with an invoice, or put before a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text, tuple_

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.bank import bank_candidate, bank_document
from provodka.connectors.crm_store.tables.clients import client, contract
from provodka.connectors.crm_store.tables.papers import invoice
from provodka.flows.bank.keeping import ORIGIN
from provodka.flows.bank.meeting import Met, chosen_payment, join_twins, met_payments
from provodka.flows.bank.paying import Laid, link_payment, pay
from provodka.flows.work import Work
from provodka.foundation.i18n import _
from provodka.mappings.bank.choosing import Ledger, Thresholds, decide
from provodka.mappings.bank.values import Candidate, Decision, Incoming, OpenInvoice

__all__ = ["anything_waits", "decide_all", "mark", "open_invoices", "plain_shares"]

PAGE = 500
# Looking for those that wait sorts a whole day of them.
LOOKED_UP = 20_000
CANDIDATE_COLUMNS = ("document_id", "place", "score", "shares", "reasons")
DECIDED_BY = (
    *("id", "number", "date", "moved_on", "amount", "currency"),
    *("party_name", "party_inn", "purpose", "payment_id", "why"),
)
LEAVE = text("""
    UPDATE hub.bank_document d SET why = told.why
    FROM unnest(CAST(:ids AS bigint[]), CAST(:whys AS text[])) AS told (id, why)
    WHERE d.id = told.id
""")
FORGET = text("""
    DELETE FROM hub.bank_candidate c
    USING unnest(CAST(:ids AS bigint[]), CAST(:counts AS int[])) AS told (id, count)
    WHERE c.document_id = told.id AND c.place > told.count
""")


def anything_waits(connection: Connection) -> bool:
    """Whether there is a receipt without a decision, or a payment that only the bank knows."""
    waiting = text(
        "SELECT EXISTS (SELECT FROM hub.bank_document d WHERE d.direction = 'in'"
        " AND (d.state = 'undecided' OR d.state = 'matched' AND NOT d.in_accounting))"
    )
    return bool(connection.execute(waiting).scalar())


def decide_all(
    work: Work, rules: Thresholds, zone: ZoneInfo, now: datetime, most: int = PAGE
) -> Counter[str]:
    """Decide what can be decided, oldest first; counts `matched`, `undecided`, `joined`.

    At most so many receipts in a transaction each: whoever is killed has decided about those
    before, and the rest waits for the next pass. `zone` is the company's, in which dates of
    invoices are told.
    """
    counts: Counter[str] = Counter()
    with work.begin() as connection:
        journal.attribute(connection, ORIGIN)
        told = _("в 1С это поступление записано на другого клиента")
        counts["joined"] = join_twins(connection, told)
    ledger: Ledger | None = None
    for numbers in _waiting(work, most):
        with work.begin() as connection:
            ledger = ledger or Ledger(open_invoices(connection, zone))
            journal.attribute(connection, ORIGIN)
            waiting = _held(connection, numbers)
            counts += _decide_page(_Deciding(connection, ledger, zone, now), waiting, rules)
    return counts


def _waiting(work: Work, most: int) -> Iterator[Sequence[int]]:
    """The numbers of all receipts that wait for a decision, oldest first, page by page."""
    found = bank_document.c
    query = select(found.date, found.id).where(found.state == "undecided", found.direction == "in")
    query = query.order_by(found.date, found.id).limit(LOOKED_UP)
    rows: Sequence[Any] = ()
    while True:
        behind = query.where(tuple_(found.date, found.id) > tuple_(*rows[-1])) if rows else query
        with work.begin() as connection:
            rows = connection.execute(behind).all()
        if not rows:
            return
        for start in range(0, len(rows), most):
            yield [row.id for row in rows[start : start + most]]


def _held(connection: Connection, numbers: Sequence[int]) -> Sequence[Any]:
    """Receipts by their numbers, those that still wait, held against others' decisions."""
    found = bank_document.c
    return connection.execute(
        select(*(found[name] for name in DECIDED_BY))
        .where(found.id.in_(numbers), found.state == "undecided")
        .order_by(found.date, found.id)
        .with_for_update()
    ).all()


def _decide_page(deciding: _Deciding, waiting: Sequence[Any], rules: Thresholds) -> Counter[str]:
    connection, counts = deciding.connection, Counter[str]()
    met = met_payments(connection, [document.id for document in waiting])
    found: dict[int, Sequence[Candidate]] = {}
    for document in waiting:
        decision = decide(_incoming(document), deciding.ledger, rules)
        found[document.id] = decision.candidates
        counts[deciding.carry_out(document, decision, met.get(document.id, []))] += 1
    _keep_candidates(connection, found)
    if deciding.whys:
        told = {"ids": list(deciding.whys), "whys": list(deciding.whys.values())}
        connection.execute(LEAVE, told)
    return counts


@dataclass
class _Deciding:
    """Carries decisions out, one after another; `taken` are payments of 1C already tied.

    `whys` are the reasons for leaving documents to a person that are still to be put down.
    """

    connection: Connection
    ledger: Ledger
    zone: ZoneInfo
    now: datetime
    taken: set[UUID] = field(default_factory=set)
    whys: dict[int, str] = field(default_factory=dict)

    def carry_out(self, document: Any, decision: Decision, met: Sequence[Met]) -> str:
        """`matched`, or `undecided` with the reason among `whys`."""
        chosen = decision.chosen
        laid: Laid = [(one.invoice.key, one.amount) for one in chosen.shares] if chosen else []
        known = chosen_payment(met, self.taken)
        if known is not None:
            return self._link(document, known, laid, chosen)
        if any(one.payment not in self.taken for one in met):
            return self._leave(document, _("в 1С несколько похожих поступлений разных клиентов"))
        if chosen is None:
            return self._leave(document, decision.why)
        key = pay(self.connection, document, laid, self.zone)
        mark(self.connection, document.id, "bank", decision.why, key, laid, self.now)
        self.ledger.settle(chosen.shares)
        return "matched"

    def _link(self, document: Any, known: UUID, laid: Laid, chosen: Candidate | None) -> str:
        self.taken.add(known)
        laid, filled = link_payment(self.connection, document, known, laid)
        if chosen and filled:
            self.ledger.settle(chosen.shares)
        why = _("найдено поступление в 1С")
        mark(self.connection, document.id, "onec", why, known, laid, self.now)
        return "matched"

    def _leave(self, document: Any, why: str) -> str:
        if document.why != why:
            self.whys[document.id] = why
        return "undecided"


def mark(
    connection: Connection,
    number: int,
    who: str,
    why: str,
    key: UUID | None,
    laid: Laid,
    now: datetime,
) -> None:
    """Write a decision down: who, why, when, which payment, how it is laid out."""
    connection.execute(
        bank_document.update()
        .where(bank_document.c.id == number)
        .values(
            state="matched" if key else "apart",
            why=why,
            decided_by=who,
            decided_at=now,
            payment_id=key,
            shares=plain_shares(laid),
        )
    )


def plain_shares(laid: Laid) -> list[dict[str, str]]:
    """Shares as they are kept: sums as text, so that they stay exact in whatever reads them."""
    return [{"invoice": str(one), "amount": f"{amount:.2f}"} for one, amount in laid]


def _incoming(document: Any) -> Incoming:
    return Incoming(
        day=document.moved_on,
        amount=document.amount,
        currency=document.currency,
        payer_name=document.party_name or "",
        payer_inn=document.party_inn or "",
        purpose=document.purpose,
    )


def open_invoices(connection: Connection, zone: ZoneInfo) -> list[OpenInvoice]:
    """Invoices in force that are not paid in full."""
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.number,
            invoice.c.date,
            invoice.c.amount,
            invoice.c.paid_amount,
            invoice.c.currency,
            invoice.c.client_id,
            client.c.inn,
            client.c.name,
            client.c.full_name,
            contract.c.number.label("contract"),
        )
        .join_from(invoice, client, client.c.id == invoice.c.client_id)
        .outerjoin(contract, contract.c.id == invoice.c.contract_id)
        .where(
            invoice.c.posted,
            invoice.c.deleted_at.is_(None),
            invoice.c.amount > invoice.c.paid_amount,
        )
    )
    return [_open_invoice(row, zone) for row in rows]


def _open_invoice(row: Any, zone: ZoneInfo) -> OpenInvoice:
    return OpenInvoice(
        key=row.id,
        number=row.number,
        day=row.date.astimezone(zone).date(),
        amount=row.amount,
        open=row.amount - row.paid_amount,
        currency=row.currency,
        client=row.client_id,
        client_inn=row.inn or "",
        client_name=row.full_name or row.name,
        contract=row.contract or "",
    )


def _keep_candidates(connection: Connection, found: Mapping[int, Sequence[Candidate]]) -> None:
    """Candidates of all documents as rows; those that stay the same are not written again."""
    rows = [
        (document, place, one.score, _told_shares(one), _told_reasons(one))
        for document, candidates in found.items()
        for place, one in enumerate(candidates, 1)
    ]
    if rows:
        key = ("document_id", "place")
        merge(connection, bank_candidate, CANDIDATE_COLUMNS, rows, key=key, stamp="seen_at")
    counts = [len(candidates) for candidates in found.values()]
    connection.execute(FORGET, {"ids": list(found), "counts": counts})


def _told_shares(one: Candidate) -> list[dict[str, str]]:
    return [
        {
            "invoice": str(share.invoice.key),
            "number": share.invoice.number,
            "amount": f"{share.amount:.2f}",
        }
        for share in one.shares
    ]


def _told_reasons(one: Candidate) -> list[dict[str, Any]]:
    return [
        {"code": reason.code, "points": reason.points, "text": reason.text}
        for reason in one.reasons
    ]
