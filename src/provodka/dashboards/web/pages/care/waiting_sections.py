"""Sections of `/attention` whose matters come from other systems: set aside, conflicts, parked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote, urlencode

from provodka.connectors.crm_store import parked
from provodka.dashboards.insight.aside import Aside, aside_page, reasons
from provodka.dashboards.insight.disputes import (
    Dispute,
    disputed_field,
    open_disputes,
    place_of,
    side_word,
)
from provodka.dashboards.insight.parents import waits_for, why_not
from provodka.dashboards.insight.reach import owner_of, people_of
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.values import Values
from provodka.dashboards.insight.wording import stream_word, who
from provodka.dashboards.web.pages.care.cells import number_of
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.links import document_href
from provodka.dashboards.web.pages.care.matters import (
    Ask,
    Button,
    Fact,
    Matter,
    Section,
    Side,
    cursor_of,
    wrong,
)
from provodka.dashboards.web.pages.care.spans import span_text
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _

__all__ = ["aside", "conflicts", "limited_note", "parked_ones"]

PAGE = 30
LONGEST_SIDE = 2000
RETRIED = frozenset({"onec", "push", "mail", "triggers", "inbox"})
"""Streams whose documents can be taken again from what was kept; others are read anew."""
LONGEST_LIST = 200
SEPARATOR = "\x1f"


def limited_note() -> str:
    """Why a section is empty for whoever sees departments of their own alone."""
    return _("Это видно тем, чей доступ не ограничен отделами.")


def aside(visit: Visit, discreet: Discreet) -> Section:
    """Documents set aside; one is tried again, or all of a stream and reason."""
    empty = _("Ничего не отложено. Здесь бывают документы, которые хаб не смог понять.")
    if visit.visitor.departments:
        return Section((), limited_note())
    stream, code = visit.query.get("stream", ""), visit.query.get("code", "")
    known = reasons(visit.connection)
    rows = list(
        aside_page(visit.connection, PAGE + 1, stream=stream, code=code, after=_after(visit))
    )
    more = ""
    if len(rows) > PAGE:
        more = _aside_address(stream, code, rows[PAGE - 1])
    bulk: tuple[Button, ...] = ()
    if (stream or code) and (not stream or _is_retried(stream)):
        given = {"stream": stream, "code": code}
        bulk = (Button("quarantine_retry", _("Повторить все по этому отбору"), given),)
    streams = [(one, stream_word(one)) for one in sorted({one.stream for one in known})]
    codes = sorted({(one.code, one.code) for one in known if stream in ("", one.stream)})
    return Section(
        [_aside(one, discreet) for one in rows[:PAGE]],
        empty,
        _("После исправления причины документ принимается повтором; остальные этого не ждут."),
        more,
        bulk,
        (("stream", _("Поток"), streams), ("code", _("Причина"), codes)),
    )


def _aside(one: Aside, discreet: Discreet) -> Matter:
    place = quote(one.stream, safe="") + "&key=" + quote(one.external_key, safe="")
    given = {"stream": one.stream, "code": one.code, "keys": one.external_key}
    retry = Button("quarantine_retry", _("Повторить"), given, main=True)
    return Matter(
        f"{stream_word(one.stream)} {one.external_key}",
        f"{discreet.words(one.place, one.code)}: {discreet.words(one.found, one.code)}",
        one.next_step,
        f"/documents/{quote(one.kind, safe='')}/{one.document}"
        if one.kind and one.document
        else "",
        (
            Fact(_("Ожидалось"), one.expected),
            Fact(_("Причина"), one.code),
            Fact(_("Впервые"), at=one.first_seen),
            Fact(_("В последний раз"), at=one.last_seen),
            Fact(_("Сколько раз"), str(one.times)),
        ),
        buttons=(retry,) if _is_retried(one.stream) else (),
        whole=f"/attention/aside?stream={place}",
    )


def _is_retried(stream: str) -> bool:
    return stream.partition(":")[0] in RETRIED


def _after(visit: Visit) -> Aside | None:
    said = visit.query.get("after", "")
    if not said:
        return None
    at, separator, rest = said.partition(SEPARATOR)
    keys = rest.split(SEPARATOR)
    try:
        seen = datetime.fromisoformat(at)
    except ValueError:
        seen = None
    if not separator or len(keys) != 3 or seen is None or seen.tzinfo is None:
        raise wrong("after", said, _("адрес из ссылки «дальше»"))
    blank = ("", "", "", "", "", "")
    place, found, expected, step, version, state = blank
    return Aside(
        keys[0], keys[1], keys[2], place, found, expected, step, version, state, seen, seen, 0,
        None, None,
    )  # fmt: skip


def _aside_address(stream: str, code: str, last: Aside) -> str:
    place = (last.last_seen.isoformat(), last.stream, last.external_key, last.code)
    said = {"section": "aside", "stream": stream, "code": code, "after": SEPARATOR.join(place)}
    return "/attention?" + urlencode({name: one for name, one in said.items() if one})


def conflicts(visit: Visit, discreet: Discreet) -> Section:
    """Fields that both sides have changed differently: whose value shall it be."""
    rows = open_disputes(visit.connection, after=cursor_of(visit), limit=PAGE + 1)
    more = f"/attention?section=conflicts&after={rows[PAGE - 1].number}" if rows[PAGE:] else ""
    seen = [one for one in rows[:PAGE] if _is_mine(visit, one)]
    return Section(
        [_conflict(_veiled(visit, discreet, one), visit.backdrop.zone) for one in seen],
        _("Споров нет. Здесь бывают поля, которые мы и другая система изменили по-разному."),
        _("Решение записывается от вашего имени; если в 1С другое, оно туда отправляется."),
        more,
    )


def _is_mine(visit: Visit, one: Dispute) -> bool:
    staff = people_of(visit.connection, visit.visitor.departments)
    if staff is None:
        return True
    owned, owner = owner_of(visit.connection, one.kind, one.document)
    return not owned or owner in staff


def _veiled(visit: Visit, discreet: Discreet, one: Dispute) -> Dispute:
    part, column = place_of(one.field)
    sides = {
        name: discreet.payload(side)
        if isinstance(side := getattr(one, name), dict)
        else discreet.veil((one.kind, part, column), side)
        for name in ("base", "ours", "theirs")
    }
    titles = {**one.names, str(one.document): one.title}
    names = discreet.titles(visit.connection, titles)
    return replace(one, names=names, title=names[str(one.document)], **sides)


def _conflict(one: Dispute, zone: tzinfo) -> Matter:
    values = Values(one.names, zone=zone, longest=LONGEST_SIDE, number=number_of)
    number = {"number": str(one.number)}
    value = Ask("value", _("Свое значение; пусто — очистить поле"))
    theirs = who(one.stream.partition(":")[0])
    called = f"{kind_title(one.kind)} {one.title or one.document}"
    return Matter(
        f"{called}: {disputed_field(one.kind, one.field)}",
        step=_("Выберите, чье значение верно, или впишите свое"),
        href=document_href(one.kind, one.document),
        facts=(Fact(_("Номер"), str(one.number)), Fact(_("Замечен"), at=one.seen_at)),
        sides=(
            Side(_("Было согласовано"), _side(one, one.base, values)),
            Side(_("У нас"), _side(one, one.ours, values), _who(one), one.ours_at),
            Side(_("У них"), _side(one, one.theirs, values), theirs, one.seen_at),
        ),
        buttons=(
            Button("conflict_resolve", _("Взять наше"), {**number, "take": "ours"}),
            Button("conflict_resolve", _("Взять их"), {**number, "take": "theirs"}),
            Button("conflict_resolve", _("Записать свое"), {**number, "take": "value"}, (value,)),
        ),
    )


def _side(one: Dispute, value: Any, values: Values) -> str:
    if isinstance(value, dict):
        return side_word(one, value)
    part, column = place_of(one.field)
    return values.text((one.kind, part, column), value)


def _who(one: Dispute) -> str:
    return who(one.ours_by) if one.ours_by else ""


def parked_ones(visit: Visit, _discreet: Discreet) -> Section:
    """Documents that wait for a parent; waiting is not failing, so there is no button."""
    empty = _("Никто не ждет родителя. Здесь бывают документы, которые пришли раньше своих.")
    if visit.visitor.departments:
        return Section((), limited_note())
    rows = parked.listed(visit.connection, limit=LONGEST_LIST + 1)
    note = _("Пришедший родитель принимает их сам; повторять ничего не нужно.")
    if rows[LONGEST_LIST:]:
        note += " " + _("Показаны первые {count}, самые давние.").format(count=LONGEST_LIST)
    return Section(list(_parked(visit, rows[:LONGEST_LIST])), empty, note)


def _parked(visit: Visit, rows: list[parked.Standing]) -> Iterator[Matter]:
    for one in rows:
        set_aside = "/attention?section=aside" if one.parent_code else ""
        step = _("Найдите родителя среди отложенных и исправьте причину")
        usual = _("Если ждет долго, проверьте, почему родитель не приходит из своей системы")
        yield Matter(
            f"{stream_word(one.stream)} {one.external_key}",
            _("ждет: {parent}; {why}").format(parent=waits_for(one), why=why_not(one)),
            step if set_aside else usual,
            set_aside,
            (
                Fact(_("С какого времени"), at=one.since),
                Fact(_("Сколько ждет"), span_text(visit.now - one.since)),
            ),
        )
