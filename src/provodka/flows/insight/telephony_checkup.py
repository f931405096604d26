"""Is a PBX in order: reachable, its clock, how fresh its records are, whose telephones rang."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy import text as sql

from provodka.connectors.crm_store.tables.clients import employee
from provodka.connectors.telephony.live.session import connected
from provodka.connectors.telephony.source import Reach
from provodka.flows.calls.ami import ami_settings
from provodka.flows.calls.pull import open_pbx
from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, good
from provodka.flows.settings import PbxOptions
from provodka.foundation.i18n import _

__all__ = ["check_pbx"]

TOLERATED = timedelta(minutes=2)
FRESH = timedelta(days=1)
TOLD = 10
LAST_READ = sql("""
    SELECT started_at, extension FROM crm.call
    WHERE source = :source AND deleted_at IS NULL ORDER BY started_at DESC LIMIT 200
""")


def check_pbx(hub: Hub, options: PbxOptions) -> Iterator[Finding]:
    """What a look at one PBX finds; raises what keeps it from being read."""
    area = f"calls:{options.name}"
    now = hub.clock()
    with closing(open_pbx(options)) as source:
        reach = source.probe(now=now)
    if options.ami is not None:
        yield from _manager(area, options)
    told = _("{address} отвечает, разобрано записей {good}, непонятных {bad}")
    read = told.format(address=options.address, good=reach.understood, bad=reach.unreadable)
    if reach.pending:
        yield good(area, _("{address} отвечает, отчет готовит").format(address=options.address))
        yield from _clock(area, options, reach)
        known = _known(hub, options)
        if known.newest is not None:
            yield from _freshness(area, options, known, now)
            yield from _strangers(hub, area, known)
        return
    if reach.unreadable:
        step = _("непонятные строки окажутся в quarantine list с причиной")
        yield Finding(area, "warning", read, "bad_call_rows", next_step=step)
    else:
        yield good(area, read)
    yield from _clock(area, options, reach)
    yield from _freshness(area, options, reach, now)
    yield from _strangers(hub, area, reach)


def _known(hub: Hub, options: PbxOptions) -> Reach:
    """What has been read of a PBX before, where it has no answer yet."""
    with hub.engine.connect() as connection:
        rows = connection.execute(LAST_READ, {"source": options.name}).all()
    extensions = {row.extension for row in rows if row.extension}
    inside = {one for one in extensions if len(one) in options.internal_lengths}
    return Reach(newest=rows[0].started_at if rows else None, extensions=frozenset(inside))


def _manager(area: str, options: PbxOptions) -> Iterator[Finding]:
    settings = ami_settings(options)
    with connected(settings):
        yield good(area, _("{where} отвечает, вход выполнен").format(where=settings.where))
    if not settings.tls:
        step = _("включите tlsenable в manager.conf и поставьте tls: true")
        text = _("{where} не шифрует соединение").format(where=settings.where)
        yield Finding(area, "warning", text, "ami_plain", next_step=step)


def _clock(area: str, options: PbxOptions, reach: Reach) -> Iterator[Finding]:
    if reach.clock_offset is None:
        return
    seconds = round(reach.clock_offset.total_seconds())
    text = _("часы АТС расходятся с нашими на {offset}").format(offset=_span(seconds))
    if abs(reach.clock_offset) <= TOLERATED:
        yield good(area, text)
        return
    step = _("проверьте на АТС время и NTP, а в hub.yaml — zone (сейчас {zone})")
    yield Finding(
        area,
        "warning",
        text,
        "pbx_clock",
        expected=_("не больше двух минут"),
        next_step=step.format(zone=options.zone),
    )


def _freshness(area: str, options: PbxOptions, reach: Reach, now: datetime) -> Iterator[Finding]:
    if reach.newest is None:
        text = _("записей о звонках за неделю нет")
        step = _("позвоните на АТС и повторите проверку; если пусто — проверьте, что она их ведет")
        yield Finding(area, "warning", text, "no_calls", next_step=step)
        return
    age = now - reach.newest
    local = f"{reach.newest.astimezone(options.zoneinfo):%d.%m.%Y %H:%M}"
    text = _("последний звонок начался {moment}").format(moment=local)
    if age < -TOLERATED:
        expected = _("время в прошлом")
        step = _("поправьте zone: время АТС читается с чужим часовым поясом")
        yield Finding(area, "warning", text, "calls_ahead", expected, step)
    elif age > FRESH:
        expected = _("звонки за последние сутки")
        step = _("если звонки были, проверьте, что АТС пишет их сюда")
        yield Finding(area, "warning", text, "stale_calls", expected, step)
    else:
        yield good(area, text)


def _strangers(hub: Hub, area: str, reach: Reach) -> Iterator[Finding]:
    """Telephones that ring and belong to nobody: their calls have no employee."""
    if not reach.extensions:
        return
    with hub.engine.connect() as connection:
        known = set(
            connection.scalars(select(employee.c.extension).where(employee.c.deleted_at.is_(None)))
        )
    strange = sorted(reach.extensions - known)
    if not strange:
        yield good(
            area, _("внутренние номера известны: {count}").format(count=len(reach.extensions))
        )
        return
    listed = ", ".join(strange[:TOLD]) + (" …" if strange[TOLD:] else "")
    yield Finding(
        area,
        "warning",
        _("внутренние номера без сотрудника: {list}").format(list=listed),
        "unknown_extensions",
        expected=_("у каждого номера есть сотрудник с таким внутренним номером"),
        next_step=_("впишите номера сотрудникам, иначе их звонки ничьи"),
    )


def _span(seconds: int) -> str:
    """A signed span for people: `+3:00:05`."""
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{timedelta(seconds=abs(seconds))}"
