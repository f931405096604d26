"""Pages of a statement into the store: each document once, and what cannot be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from provodka.connectors.client_bank.accounts import currency_of
from provodka.connectors.client_bank.balances import direction_of
from provodka.connectors.client_bank.files import Page
from provodka.connectors.client_bank.values import BadSection, PaymentDocument
from provodka.connectors.crm_store import quarantine
from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.bank import bank_document, bank_mention
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings.bank.kinds import Facts, nature_of

__all__ = ["ORIGIN", "STREAM", "Keeping", "Source"]

STREAM = "bank"
ORIGIN = "bank"
DOCUMENT_COLUMNS = (
    "key",
    "account",
    "direction",
    "kind",
    "number",
    "date",
    "moved_on",
    "amount",
    "currency",
    "party_name",
    "party_inn",
    "party_account",
    "purpose",
    "nature",
    "said",
    "state",
    "why",
)
NO_NUMBER = ("", "0", "б/н", "бн")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement came from, and whose accounts and tax numbers are ours.

    `of_file` are the accounts that the file is about, `ours` those and the ones in the settings.
    """

    name: str
    digest: str
    of_file: frozenset[str]
    ours: frozenset[str]
    inns: frozenset[str]


class Keeping:
    """Stores a file page by page, each page in a transaction of the caller's.

    The same page again changes nothing: a document is told by its key, and how often an equal one
    stood higher up in the file by the lines on which the store has it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        # Only of documents told more than once: the rest is in the store.
        self._again: Counter[str] = Counter()

    def keep(self, connection: Connection, page: Page) -> Counter[str]:
        """Store one page; counts `read`, `new`, `same`, `set_aside`."""
        source = self._source
        told = [(one, _way(one, source)) for one in page.documents]
        unclear = [_directionless(one) for one, way in told if way is None]
        rows = self._rows(connection, [(one, way) for one, way in told if way is not None])
        new = _keep_documents(connection, [row for _line, row in rows])
        _keep_mentions(connection, source, rows)
        _heal(connection, source, [line for line, _row in rows])
        for bad in (*page.bad, *unclear):
            _set_aside(connection, source, bad)
        aside = len(page.bad) + len(unclear)
        return Counter(read=len(page), new=new, same=len(rows) - new, set_aside=aside)

    def _rows(
        self, connection: Connection, told: Sequence[tuple[PaymentDocument, Way]]
    ) -> list[tuple[int, tuple[Any, ...]]]:
        """Each document as a row behind its line; equal ones in a file are counted, not merged."""
        keys = [_base_key(one, way) for one, way in told]
        met = Counter(_met_above(connection, self._source, keys, told[0][0].line if told else 0))
        rows = []
        for key, (one, way) in zip(keys, told, strict=True):
            met[key] += 1
            place = met[key] + self._again[key]
            rows.append((one.line, _row(self._source, one, way, _nth(key, place))))
        for key, times in met.items():
            if times > 1:
                self._again[key] += times - 1
        return rows


Way = tuple[str, str, bool]


def _way(one: PaymentDocument, source: Source) -> Way | None:
    """Our account, `in` or `out`, and whether both accounts are ours; None if nobody can tell."""
    of_file, ours = source.of_file, source.ours
    way = direction_of(one, ours)
    if way == "unknown":
        return None
    between = way == "between"
    if between:
        way = "in" if one.received and not one.written_off else "out"
        if (one.payer.account in of_file) != (one.payee.account in of_file):
            way = "out" if one.payer.account in of_file else "in"
    account = one.payee.account if way == "in" else one.payer.account
    if account not in ours and len(of_file) == 1:
        account = next(iter(of_file))
    return account, way, between


def _met_above(
    connection: Connection, source: Source, keys: Sequence[str], line: int
) -> dict[str, int]:
    """Once each of the keys that the store has from this file, from above a line."""
    document, mention = bank_document.c, bank_mention.c
    query = select(document.id, document.key).where(document.key.in_(listed(keys)))
    known = {row.id: row.key for row in connection.execute(query)}
    if not known:
        return {}
    # In two steps: without statistics a join reads all that the file has mentioned so far.
    above = select(mention.document_id).where(
        mention.document_id.in_(list(known)), mention.digest == source.digest, mention.line < line
    )
    return {known[number]: 1 for number in connection.scalars(above)}


def _nth(key: str, place: int) -> str:
    return key if place == 1 else f"{key}\x1f{place}"


def _base_key(one: PaymentDocument, way: Way) -> str:
    """What stays the same in whatever file a document is told.

    A text may be cut differently, so it counts only where there is no number to tell by.
    """
    account, direction, _between = way
    number = one.number.casefold()
    parts = [account, direction, number, one.day.isoformat(), f"{one.amount:.2f}"]
    parts += [one.payer.account, one.payee.account]
    if number in NO_NUMBER:
        parts.append(" ".join(one.purpose.split()))
    return "\x1f".join(parts)


def _row(source: Source, one: PaymentDocument, way: Way, key: str) -> tuple[Any, ...]:
    account, direction, between = way
    incoming = direction == "in"
    party = one.payer if incoming else one.payee
    nature, why = nature_of(
        Facts(
            incoming=incoming,
            between=between,
            payer_account=one.payer.account,
            payer_inn=one.payer.inn,
            payee_account=one.payee.account,
            payee_inn=one.payee.inn,
            operation=one.operation,
            purpose=one.purpose,
            to_budget=one.budget is not None and len(one.budget.kbk) == 20,
        ),
        source.inns,
    )
    return (
        key,
        account,
        direction,
        one.kind,
        one.number,
        one.day,
        one.received if incoming else one.written_off,
        one.amount,
        currency_of(account) or "RUB",
        party.name or None,
        party.inn or None,
        party.account or None,
        one.purpose,
        nature,
        _said(one),
        "undecided" if nature == "customer" else "apart",
        why,
    )


def _said(one: PaymentDocument) -> dict[str, Any]:
    """The document with all its fields, for people and for looking up later."""
    fields = asdict(one)
    for name in ("notes", "line"):
        del fields[name]
    return fields


def _keep_documents(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert what is new; of what is known, only learn on which day the money moved."""
    new = merge(connection, bank_document, DOCUMENT_COLUMNS, rows, key=("key",), compare=())
    moved = {row[0]: row[6] for row in rows if row[6] is not None}
    waiting = connection.execute(
        select(bank_document.c.id, bank_document.c.key).where(
            bank_document.c.key.in_(listed(list(moved))), bank_document.c.moved_on.is_(None)
        )
    )
    for row in waiting.all():
        connection.execute(
            bank_document.update()
            .where(bank_document.c.id == row.id)
            .values(moved_on=moved[row.key])
        )
    return new


def _keep_mentions(
    connection: Connection, source: Source, rows: Sequence[tuple[int, tuple[Any, ...]]]
) -> None:
    lines = {row[0]: line for line, row in rows}
    found = connection.execute(
        select(bank_document.c.id, bank_document.c.key).where(
            bank_document.c.key.in_(listed(list(lines)))
        )
    )
    mentions = [(row.id, source.digest, lines[row.key]) for row in found]
    columns = ("document_id", "digest", "line")
    merge(connection, bank_mention, columns, mentions, key=("document_id", "digest"), compare=())


def _directionless(one: PaymentDocument) -> BadSection:
    return BadSection(
        one.line,
        one.line,
        "no_direction",
        _("нельзя понять, поступление это или списание: счета не наши, даты движения нет"),
        _("наш счет в bank.accounts либо ДатаПоступило или ДатаСписано"),
        f"{one.kind} {one.number} {one.day:%d.%m.%Y} {one.amount}",
    )


def _set_aside(connection: Connection, source: Source, bad: BadSection) -> None:
    error = Misunderstood(
        _("Выписка {file}, строка {line}").format(file=source.name, line=bad.wrong_line),
        found=bad.found,
        expected=bad.expected,
        next_step=_("исправьте файл или запросите выписку у банка снова и примите ее"),
        code=bad.code,
    )
    payload = {"file": source.name, "digest": source.digest, "line": bad.line, "raw": bad.raw}
    quarantine.set_aside(connection, STREAM, f"{source.name}:{bad.line}", payload, error)


def _heal(connection: Connection, source: Source, lines: Iterable[int]) -> None:
    """A file that was mended under its old name heals what was set aside of it."""
    good = {source.name, *(f"{source.name}:{line}" for line in lines)}
    quarantine.heal(connection, STREAM, sorted(good))
