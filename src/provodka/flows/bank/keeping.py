"""A statement into the store: the file, each of its documents once, what cannot be understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, exists, select

from provodka.connectors.client_bank.accounts import currency_of
from provodka.connectors.client_bank.balances import direction_of
from provodka.connectors.client_bank.values import BadSection, PaymentDocument, Statement
from provodka.connectors.crm_store import quarantine
from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.bank import bank_document, bank_file, bank_mention
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings.bank.kinds import Facts, nature_of

__all__ = ["STREAM", "Source", "keep", "known_file"]

STREAM = "bank"
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
    """Where a statement came from, and whose accounts and tax numbers are ours."""

    name: str
    digest: str
    accounts: frozenset[str]
    inns: frozenset[str]


def known_file(connection: Connection, digest: str) -> bool:
    """Whether a file with these bytes was taken before, under whatever name."""
    found = select(exists().where(bank_file.c.digest == digest))
    return bool(connection.execute(found).scalar())


def keep(connection: Connection, source: Source, statement: Statement) -> Counter[str]:
    """Store a statement; counts `read`, `new`, `same`, `set_aside`."""
    ours = source.accounts | statement.accounts
    told = [(one, _way(one, ours, statement.accounts)) for one in statement.documents]
    unclear = [one for one, way in told if way is None]
    rows = _rows(source, [(one, way) for one, way in told if way is not None])
    _keep_file(connection, source, statement, len(rows), len(statement.bad) + len(unclear))
    new = _keep_documents(connection, [row for _line, row in rows])
    _keep_mentions(connection, source, rows)
    for bad in statement.bad:
        _set_aside(connection, source, bad)
    for one in unclear:
        _set_aside(connection, source, _directionless(one))
    _heal(connection, source, statement)
    return Counter(
        read=len(statement.documents) + len(statement.bad),
        new=new,
        same=len(rows) - new,
        set_aside=len(statement.bad) + len(unclear),
    )


Way = tuple[str, str, bool]


def _way(one: PaymentDocument, ours: Collection[str], of_file: Collection[str]) -> Way | None:
    """Our account, `in` or `out`, and whether both accounts are ours; None if nobody can tell."""
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


def _rows(
    source: Source, told: Iterable[tuple[PaymentDocument, Way]]
) -> list[tuple[int, tuple[Any, ...]]]:
    """Each document as a row behind its line; equal ones in one file are counted, not merged."""
    met: Counter[str] = Counter()
    rows = []
    for one, way in told:
        base = _base_key(one, way)
        met[base] += 1
        key = base if met[base] == 1 else f"{base}\x1f{met[base]}"
        rows.append((one.line, _row(source, one, way, key)))
    return rows


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


def _keep_file(
    connection: Connection, source: Source, statement: Statement, documents: int, aside: int
) -> None:
    header = statement.header
    connection.execute(
        bank_file.insert().values(
            digest=source.digest,
            name=source.name,
            version=header.version,
            encoding=header.encoding,
            claimed=header.claimed,
            sender=header.sender,
            first_day=header.first_day,
            last_day=header.last_day,
            ended=statement.ended,
            sections=[_plain_section(one) for one in statement.sections],
            notes=[asdict(note) for note in statement.all_notes],
            documents=documents,
            set_aside=aside,
        )
    )


def _plain_section(section: Any) -> dict[str, Any]:
    fields = asdict(section)
    del fields["notes"]
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


def _heal(connection: Connection, source: Source, statement: Statement) -> None:
    """A file that was mended under its old name heals what was set aside of it."""
    wrong = {f"{source.name}:{bad.line}" for bad in statement.bad}
    good = {source.name, *(f"{source.name}:{one.line}" for one in statement.documents)} - wrong
    quarantine.heal(connection, STREAM, sorted(good))
