"""From an incoming payment and the open invoices to a decision, the same in whatever order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from uuid import UUID

from provodka.foundation.i18n import _
from provodka.mappings.bank.evidence import gathered, named, reasons
from provodka.mappings.bank.mentions import Mention, mentions
from provodka.mappings.bank.numbers import groups_of, likeness
from provodka.mappings.bank.values import (
    Candidate,
    Decision,
    Incoming,
    OpenInvoice,
    Share,
    shared,
)

__all__ = ["Ledger", "Thresholds", "decide"]

MOST_SHOWN = 5
MOST_OF_A_SUM = 12
LARGEST_SUM = 4
SHOWN_FROM = 25


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many points are enough, and by how many the best must lead any other reading."""

    enough: int = 75
    lead: int = 15


class Ledger:
    """Open invoices, found by client's ИНН, by number and by what is left to pay.

    Only what is in force may be in it: no deleted, unposted or paid invoice.
    """

    def __init__(self, invoices: Iterable[OpenInvoice]) -> None:
        self._by_inn: dict[str, list[OpenInvoice]] = defaultdict(list)
        self._by_tail: dict[str, list[OpenInvoice]] = defaultdict(list)
        self._by_open: dict[object, list[OpenInvoice]] = defaultdict(list)
        self._by_client: dict[UUID, list[OpenInvoice]] = defaultdict(list)
        for one in sorted(invoices, key=lambda one: str(one.key)):
            self._add(one)

    def _add(self, one: OpenInvoice) -> None:
        if one.open > 0:
            for pool in self._pools(one):
                pool.append(one)

    def _remove(self, one: OpenInvoice) -> None:
        for pool in self._pools(one):
            pool.remove(one)

    def _pools(self, one: OpenInvoice) -> list[list[OpenInvoice]]:
        tails = [self._by_tail[group] for group in groups_of(one.number)[-1:]]
        pools = [self._by_inn[one.client_inn], self._by_open[one.open]]
        return [*pools, self._by_client[one.client], *tails]

    def likely(self, incoming: Incoming, found: Iterable[Mention]) -> list[OpenInvoice]:
        """Those that the payment may be for at all: same ИНН, number named, or same sum."""
        fit: dict[UUID, OpenInvoice] = {}
        pools = [self._by_open[incoming.amount]] if incoming.amount in self._by_open else []
        if incoming.payer_inn in self._by_inn and incoming.payer_inn:
            pools.append(self._by_inn[incoming.payer_inn])
        pools += [self._by_tail.get(one.number[-1], []) for one in found if one.number]
        for pool in pools:
            fit |= {one.key: one for one in pool if one.currency == incoming.currency}
        return sorted(fit.values(), key=lambda one: str(one.key))

    def settle(self, shares: Iterable[Share]) -> None:
        """Take what was laid out off the invoices, for the payments that come after."""
        for share in shares:
            left = replace(share.invoice, open=share.invoice.open - share.amount)
            self._remove(share.invoice)
            self._add(left)

    def of_client(self, invoice: OpenInvoice) -> list[OpenInvoice]:
        """Every open invoice of the same client, in the same currency."""
        mine = [one for one in self._by_client[invoice.client] if one.currency == invoice.currency]
        return sorted(mine, key=lambda one: str(one.key))


def decide(incoming: Incoming, ledger: Ledger, rules: Thresholds = Thresholds()) -> Decision:
    """Which invoices a payment is for. More than is open or more than came is never laid out."""
    found = mentions(incoming.purpose)
    likely = ledger.likely(incoming, found)
    candidates = [
        *_singles(incoming, ledger, likely, found),
        *_several_named(incoming, likely, found),
        *_adding_up(incoming, ledger, likely, found),
    ]
    best: dict[frozenset[UUID], Candidate] = {}
    for one in sorted(candidates, key=lambda one: one.order):
        if one.shares and one.score >= SHOWN_FROM:
            best.setdefault(one.invoices, one)
    return _verdict(incoming, list(best.values()), rules)


def _verdict(incoming: Incoming, ordered: Sequence[Candidate], rules: Thresholds) -> Decision:
    shown = tuple(ordered[:MOST_SHOWN])
    if not ordered:
        return Decision("none", (), _("подходящих открытых счетов нет"))
    best, rest = ordered[0], ordered[1:]
    rival = next((one for one in rest if best.score - one.score < rules.lead), None)
    if incoming.day is None:
        return Decision("ask", shown, _("банк еще не зачислил деньги: нет даты поступления"))
    if best.score < rules.enough:
        told = _("лучший вариант набрал {score} из {enough} нужных баллов")
        return Decision("ask", shown, told.format(score=best.score, enough=rules.enough))
    if rival is not None:
        told = _("два варианта почти равны: {best} и {rival} баллов")
        return Decision("ask", shown, told.format(best=best.score, rival=rival.score))
    told = _("{score} баллов, следующий вариант {next}")
    following = rest[0].score if rest else 0
    return Decision("matched", shown, told.format(score=best.score, next=following))


def _singles(
    incoming: Incoming, ledger: Ledger, likely: Sequence[OpenInvoice], found: Sequence[Mention]
) -> Iterator[Candidate]:
    labelled = [one for one in found if one.kind == "invoice" and not one.ranged]
    for invoice in likely:
        same_sum = [one for one in ledger.of_client(invoice) if one.open == incoming.amount]
        evidence = gathered(
            incoming,
            [invoice],
            found,
            only=not labelled and same_sum == [invoice],
            others_named=any(not _names(one, invoice) for one in labelled),
        )
        yield Candidate(shared(incoming.amount, [invoice]), reasons(evidence))


def _names(one: Mention, invoice: OpenInvoice) -> bool:
    return likeness(one.number, groups_of(invoice.number)) != "other"


def _several_named(
    incoming: Incoming, likely: Sequence[OpenInvoice], found: Sequence[Mention]
) -> Iterator[Candidate]:
    """All invoices of a client that the text names, taken together."""
    by_client: dict[UUID, list[OpenInvoice]] = defaultdict(list)
    labelled = [one for one in found if one.kind == "invoice"]
    for mention in labelled:
        for client, mine in _by_client(likely).items():
            chosen = _meant(mention, mine)
            if chosen is not None and chosen not in by_client[client]:
                by_client[client].append(chosen)
    for chosen_ones in by_client.values():
        if len(chosen_ones) > 1:
            evidence = gathered(incoming, chosen_ones, found)
            yield Candidate(shared(incoming.amount, chosen_ones), reasons(evidence))


def _by_client(invoices: Iterable[OpenInvoice]) -> dict[UUID, list[OpenInvoice]]:
    found: dict[UUID, list[OpenInvoice]] = defaultdict(list)
    for one in invoices:
        found[one.client].append(one)
    return found


def _meant(mention: Mention, mine: Iterable[OpenInvoice]) -> OpenInvoice | None:
    """The one invoice of a client that a mention means; None if none or not clear which."""
    fit = [one for one in mine if _names(mention, one)]
    dated = [one for one in fit if named(one, [mention]).day == "same"]
    if len(dated) == 1:
        return dated[0]
    return fit[0] if len(fit) == 1 else None


def _adding_up(
    incoming: Incoming, ledger: Ledger, likely: Sequence[OpenInvoice], found: Sequence[Mention]
) -> Iterator[Candidate]:
    """Invoices of the payer that add up to the sum, where the text names none."""
    if any(one.kind == "invoice" for one in found) or not incoming.payer_inn:
        return
    mine = [one for one in likely if one.client_inn == incoming.payer_inn]
    for client_invoices in _by_client(mine).values():
        owed = ledger.of_client(client_invoices[0])
        for chosen in _sums(incoming, owed):
            evidence = gathered(incoming, chosen, found)
            yield Candidate(shared(incoming.amount, chosen), reasons(evidence))


def _sums(incoming: Incoming, owed: Sequence[OpenInvoice]) -> Iterator[tuple[OpenInvoice, ...]]:
    if len(owed) > LARGEST_SUM and sum(one.open for one in owed) == incoming.amount:
        yield tuple(owed)
    if len(owed) > MOST_OF_A_SUM:
        return
    for size in range(2, LARGEST_SUM + 1):
        for chosen in combinations(owed, size):
            if sum(one.open for one in chosen) == incoming.amount:
                yield chosen
