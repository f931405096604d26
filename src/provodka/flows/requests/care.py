"""What people ask for where something waits for them: another try, a decision, a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store import conflicts, errands, quarantine
from provodka.connectors.crm_store.requests import Asked
from provodka.dashboards.insight.counted import tally
from provodka.dashboards.insight.disputes import one_dispute, side_word
from provodka.flows.calendars.resolving import resolve
from provodka.flows.clients.finding import find_client
from provodka.flows.clients.merging import merge
from provodka.flows.clients.parting import apart
from provodka.flows.deliver import by_hand
from provodka.flows.hub import Hub
from provodka.flows.mail.relinking import link_by_hand
from provodka.flows.onec.pulling import TAKING
from provodka.flows.replaying import in_turn, replay_stream
from provodka.flows.reports import check_reports
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import asker, given
from provodka.foundation.errors import DocumentError, Refused, RetriableError
from provodka.foundation.i18n import _

__all__ = [
    "CARE",
    "clients_apart",
    "clients_join",
    "conflict_resolve",
    "errands_drop",
    "errands_retry",
    "joined",
    "letter_link",
    "quarantine_retry",
    "reports_check",
    "require_role",
]

CARE = frozenset({"engineer", "head", "accountant"})
MOST = 1_000
"""How many documents one request tries again; the rest is asked for once more."""
PATIENCE = text("SET LOCAL lock_timeout = '20s'")
NOT_TAKING = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class SaidAside(msgspec.Struct):
    """Documents set aside: those of a stream (or all streams) with a code, or some of them."""

    stream: str = ""
    code: str = ""
    keys: list[str] = []


class SaidConflict(msgspec.Struct):
    """A conflict and whose value it shall be; `value` is a third one."""

    number: int
    take: Literal["ours", "theirs", "value"]
    value: str | None = None


class SaidErrands(msgspec.Struct):
    """Errands by number, or those that were refused by a target with a code; why not at all."""

    numbers: list[int] = []
    target: str = ""
    code: str = ""
    why: str = ""


class SaidClients(msgspec.Struct):
    """Two clients; of a merge, `first` stays."""

    first: UUID
    second: UUID
    reason: str = ""


class SaidLetter(msgspec.Struct):
    """A letter, and its client as a person names it."""

    letter: UUID
    client: str


def quarantine_retry(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Try to take documents again; refused, with today's reason, if none of them goes in."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidAside)
    if not (said.stream or said.code):
        raise _aimless(asked)
    rows = _aside(connection, said)
    if not rows:
        return _("ничего не отложено: уже принято"), {}
    counts: Counter[str] = Counter()
    tried = {(row["stream"], row["external_key"]) for row in rows[:MOST]}
    for stream, keys in in_turn(hub, rows[:MOST]):
        counts.update(replay_stream(hub, stream, keys))
    if counts["queued"]:
        # What was to be written is healed by the courier, when it has been.
        return _("снова в очереди: {count}").format(count=counts["queued"]), {}
    left = _still(connection, tried)
    if len(left) == len(tried):
        raise _again(next(iter(left.values())))
    told = _("опробовано {tried}: {counts}").format(
        tried=len(tried), counts=tally(counts) or _("ничего не изменилось")
    )
    if left:
        told += ". " + _("осталось отложенных: {left}").format(left=len(left))
    return told, {}


def conflict_resolve(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Put a person's word on a conflict down; what differs goes to the other system."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidConflict)
    before = conflicts.numbered(connection, [said.number])
    # Killed between its own transaction and this one, it is found settled by the same word.
    if before and (before[0]["taken"], before[0]["resolved_by"]) == (said.take, asked.origin):
        return _settled(connection, said.number, queued=False), {}
    value = (said.value or "") if said.take == "value" else None
    [done] = resolve(hub, [said.number], said.take, asked.asked_by, value)
    return _settled(connection, said.number, queued=done.queued), {done.kind: str(done.document)}


def errands_retry(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Put errands back into the queue."""
    require_role(hub, connection, asked, CARE)
    rows = _errands(connection, asked)
    done = by_hand.put_back(connection, rows, asked.asked_by)
    if not done:
        raise _untouched(asked)
    return _("снова в очереди: {count}").format(count=len(done)), {}


def errands_drop(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Take errands out of the queue for good, with the reason."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidErrands)
    if not said.why.strip():
        raise Refused(
            _("Снять поручение"),
            found=_("не сказано, почему"),
            next_step=_("напишите причину: она останется в поручении"),
            code="no_reason",
        )
    numbers = [one.number for one in _errands(connection, asked)]
    done = errands.drop(connection, numbers, asked.asked_by, said.why.strip())
    if not done:
        raise _untouched(asked)
    return _("снято: {count}").format(count=len(done)), {}


def reports_check(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Check the balances of all reports now."""
    require_role(hub, connection, asked, CARE)
    counts = check_reports(hub.engine, hub.clock(), at_once=True)
    left = counts["untrusted"]
    if left:
        return _("проверено, не сходятся отчеты: {count}").format(count=left), {}
    return _("проверено, все отчеты сходятся"), {}


def clients_join(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Make two clients one; taken back by `provodka clients unmerge`."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidClients)
    return joined(connection, asked, said.first, said.second)


def joined(connection: Connection, asked: Asked, kept: UUID, dropped: UUID) -> Done:
    """Merge the second client into the first while no pull is taking documents in."""
    _undisturbed(connection)
    made = merge(connection, kept, dropped, asked.asked_by)
    told = _("Объединены: {names}. Отменить можно: provodka clients unmerge {number}")
    names = " + ".join(made.names)
    return told.format(names=names, number=made.number), {"client": str(kept)}


def clients_apart(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Keep the word that two clients are not one."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidClients)
    done = apart(connection, said.first, said.second, asked.asked_by, said.reason or None)
    told = _("это разные клиенты; снять пометку: provodka clients unapart {number}")
    return told.format(number=done.number), {}


def letter_link(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Name the client of a letter; the rest of its correspondence follows."""
    require_role(hub, connection, asked, CARE)
    said = given(asked, SaidLetter)
    owner = find_client(connection, said.client)
    done = link_by_hand(connection, said.letter, owner, asked.origin)
    told = _("писем отнесено к клиенту: {count}").format(count=len(done))
    return told, {"client": str(owner)}


def require_role(hub: Hub, connection: Connection, asked: Asked, roles: frozenset[str]) -> None:
    """Raise `Refused` unless the person has one of the roles now."""
    if asker(hub, connection, asked).roles.isdisjoint(roles):
        raise Refused(
            _("Просьба «{kind}»").format(kind=asked.kind),
            found=_("у {name} нет для этого роли").format(name=asked.asked_by),
            next_step=_("роль выдает инженер: provodka users roles"),
            code="no_role",
        )


def _aside(connection: Connection, said: SaidAside) -> list[dict[str, Any]]:
    rows = quarantine.listed(connection, stream=said.stream or None, code=said.code or None)
    return [row for row in rows if not said.keys or row["external_key"] in said.keys]


def _still(
    connection: Connection, tried: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The documents that are still set aside, each with its newest reason, maybe another one."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for stream in sorted({stream for stream, _key in tried}):
        for row in quarantine.listed(connection, stream=stream):
            key = (stream, row["external_key"])
            if key in tried:
                found.setdefault(key, row)
    return found


def _again(row: Mapping[str, Any]) -> Refused:
    return Refused(
        row["place"],
        found=_("снова отложен: {found}").format(found=row["found"]),
        expected=row["expected"],
        next_step=row["next_step"],
        code=row["code"],
    )


def _aimless(asked: Asked) -> DocumentError:
    return DocumentError(
        _("Просьба «{kind}»").format(kind=asked.kind),
        found=_("не сказано, какие документы"),
        expected=_("поток или код причины"),
        next_step=_("выберите поток или причину и повторите"),
        code="aimless",
    )


def _settled(connection: Connection, number: int, *, queued: bool) -> str:
    one = one_dispute(connection, number)
    value = side_word(one, one.resolution) if one else ""
    told = _("решено: {value}").format(value=value)
    return f"{told}; {_('отправляется в 1С')}" if queued else told


def _errands(connection: Connection, asked: Asked) -> Sequence[errands.Standing]:
    said = given(asked, SaidErrands)
    if said.numbers:
        known = [errands.found(connection, str(number)) for number in said.numbers[:MOST]]
        return [one for found in known for one in found if one.number in said.numbers]
    if not (said.target or said.code):
        raise _aimless(asked)
    return errands.listed(
        connection, target=said.target or None, code=said.code or None, limit=MOST
    )


def _untouched(asked: Asked) -> Refused:
    return Refused(
        _("Просьба «{kind}»").format(kind=asked.kind),
        found=_("поручение выполняется или уже завершено"),
        next_step=_("обновите страницу"),
        code="no_errand",
    )


def _undisturbed(connection: Connection) -> None:
    """Until the end of the transaction nobody takes documents from 1C: a page once read knows
    nothing of a merge."""
    connection.execute(PATIENCE)
    try:
        connection.execute(NOT_TAKING, {"name": TAKING})
    except OperationalError as error:
        raise RetriableError(
            _("Объединение клиентов"),
            found=_("идет чтение из 1С"),
            next_step=_("подождите его конца и повторите"),
            code="taking",
        ) from error
