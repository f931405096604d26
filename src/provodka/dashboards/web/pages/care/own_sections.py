"""Sections of `/attention` whose matters are the hub's own: errands, reports, rules, clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from provodka.connectors.crm_store import errands
from provodka.connectors.crm_store.errands import Standing
from provodka.dashboards.insight.reach import owner_of, people_of
from provodka.dashboards.insight.titles import kind_title, titles
from provodka.dashboards.insight.waiting import LIKELY
from provodka.dashboards.insight.wording import operation_word, system_word
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.links import document_href
from provodka.dashboards.web.pages.care.matters import Ask, Button, Fact, Matter, Section
from provodka.dashboards.web.pages.care.waiting_sections import limited_note
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _

__all__ = ["duplicates", "letters", "refused", "reports", "rules"]

MOST = 50
UNTRUSTED = text("""
    SELECT name, title, why_not, checked_at, refreshed_at FROM report.catalog
    WHERE NOT trusted AND why_not <> '' ORDER BY name
""")
SWITCHED_OFF = text("""
    SELECT rule, version, failures, since, disabled_at, trouble FROM hub.rule_health
    WHERE disabled_at IS NOT NULL ORDER BY disabled_at DESC
""")


def refused(visit: Visit, discreet: Discreet) -> Section:
    """Errands that were refused outside: try again, or give them up with a reason."""
    target, code = visit.query.get("target", ""), visit.query.get("code", "")
    rows = errands.listed(
        visit.connection, target=target or None, code=code or None, limit=MOST + 1
    )
    staff = people_of(visit.connection, visit.visitor.departments)
    if staff is not None:
        rows = [one for one in rows if _owner(visit, one) in staff]
    named = titles(visit.connection, [(one.kind, one.document) for one in rows])
    words = {str(key): title for (_kind, key), title in named.items()}
    shown = discreet.titles(visit.connection, words)
    note = _("Что могло уйти, перед повтором ищут в той системе по метке: дважды не отправится.")
    if rows[MOST:]:
        note += " " + _("Показаны первые {count}.").format(count=MOST)
    bulk: tuple[Button, ...] = ()
    if target or code:
        bulk = (_retry_all(target, code),)
    targets = [(one, system_word(one)) for one in sorted({one.target for one in rows} | {target})]
    codes = sorted({(one.code, one.code) for one in rows if one.code})
    return Section(
        [_errand(one, shown.get(str(one.document), ""), discreet) for one in rows[:MOST]],
        _("Отказов нет. Здесь бывают письма и записи в 1С, которые другая система не приняла."),
        note,
        bulk=bulk,
        filters=(
            ("target", _("Система"), [one for one in targets if one[0]]),
            ("code", _("Причина"), codes),
        ),
    )


def _owner(visit: Visit, one: Standing) -> Any:
    return owner_of(visit.connection, one.kind, one.document)[1]


def _retry_all(target: str, code: str) -> Button:
    return Button(
        "errands_retry", _("Повторить все по этому отбору"), {"target": target, "code": code}
    )


def _errand(one: Standing, title: str, discreet: Discreet) -> Matter:
    what = f"{operation_word(one.operation)} {kind_title(one.kind)} {title or one.document}"
    number = {"numbers": str(one.number)}
    why = Ask("why", _("Почему больше не нужно"), required=True)
    return Matter(
        f"{what} → {system_word(one.target)}",
        discreet.words(one.reason, one.code),
        one.next_step or _("исправьте причину и повторите"),
        document_href(one.kind, one.document),
        (
            Fact(_("Ожидалось"), one.expected),
            Fact(_("Номер"), str(one.number)),
            Fact(_("Причина"), one.code),
            Fact(_("Поставлено"), at=one.created_at),
            Fact(_("Попыток"), str(one.attempts)),
        ),
        buttons=(
            Button("errands_retry", _("Повторить"), number, main=True),
            Button("errands_drop", _("Снять"), number, (why,)),
        ),
    )


def reports(visit: Visit, _discreet: Discreet) -> Section:
    """Reports whose balances did not hold at the last check."""
    rows = visit.connection.execute(UNTRUSTED).all()
    return Section(
        [
            Matter(
                row.title,
                row.why_not,
                _("Не пользуйтесь отчетом, пока не сошелся; инженер пересчитает: {line}").format(
                    line="provodka report --rebuild"
                ),
                facts=(
                    Fact(_("Проверен"), at=row.checked_at),
                    Fact(_("Обновлен"), at=row.refreshed_at),
                ),
            )
            for row in rows
        ],
        _("Все отчеты сходятся. Здесь бывают отчеты, в которых суммы не сошлись при проверке."),
        _("Балансы проверяются раз в день; можно проверить сейчас."),
        bulk=(Button("reports_check", _("Проверить все отчеты")),),
    )


def rules(visit: Visit, discreet: Discreet) -> Section:
    """Rules that were switched off after failing too often in a row."""
    rows = visit.connection.execute(SWITCHED_OFF).all()
    decides = visit.visitor.may(Role.ENGINEER, Role.HEAD)
    return Section(
        [_rule(row, discreet, decides=decides) for row in rows],
        _("Все правила работают. Здесь бывают правила, которым не удалось десять раз подряд."),
        _("Пропущенное вернет повтор отложенных документов потока «правила»."),
    )


def _rule(row: Any, discreet: Discreet, *, decides: bool) -> Matter:
    trouble: Mapping[str, str] = row.trouble
    buttons: Sequence[Button] = ()
    if decides:
        buttons = (Button("rule_enable", _("Включить"), {"rule": row.rule}, main=True),)
    return Matter(
        _("правило {rule}").format(rule=row.rule),
        discreet.words(trouble.get("found"), trouble.get("code", "")),
        trouble.get("next_step") or _("исправьте причину и включите правило"),
        f"/rules/{row.rule}" if decides else "",
        (
            Fact(_("Выключено"), at=row.disabled_at),
            Fact(_("Неудач подряд"), str(row.failures)),
            Fact(_("Первая из них"), at=row.since),
        ),
        buttons=buttons,
    )


def duplicates(visit: Visit, discreet: Discreet) -> Section:
    """Pairs of clients that may be one; a person says whether they are."""
    empty = _("Похожих клиентов нет. Здесь бывают пары с одинаковым ИНН, телефоном или именем.")
    view = visit.backdrop.views.get("candidates")
    if visit.visitor.departments:
        return Section((), limited_note())
    rows = view(visit.connection, LIKELY, MOST) if view else []
    note = _("Слияние отменяется целиком: provodka clients unmerge.")
    if len(rows) == MOST:
        note += " " + _("Показаны {count} самых похожих.").format(count=MOST)
    keys = {str(row[side]): row[f"{side}_name"] for row in rows for side in ("first", "second")}
    names = discreet.titles(visit.connection, keys)
    return Section([_pair(row, names, discreet) for row in rows], empty, note)


def _pair(row: Mapping[str, Any], names: Mapping[str, str], discreet: Discreet) -> Matter:
    first, second = str(row["first"]), str(row["second"])
    told = "; ".join(discreet.words(one["text"]) for one in row["reasons"])
    keep = _("Это один: оставить «{name}»")
    both = {"first": first, "second": second}
    return Matter(
        f"{names[first]} — {names[second]}",
        _("похожи на {score} из 100: {reasons}").format(score=row["score"], reasons=told),
        _("Откройте обе карточки и решите, один ли это клиент"),
        document_href("client", first),
        whole=document_href("client", second),
        buttons=(
            Button("clients_join", keep.format(name=names[first]), both),
            Button(
                "clients_join", keep.format(name=names[second]), {"first": second, "second": first}
            ),
            Button("clients_apart", _("Это разные"), both, (Ask("reason", _("Почему разные")),)),
        ),
    )


def letters(visit: Visit, discreet: Discreet) -> Section:
    """Letters and messages of nobody: a person names the client."""
    view = visit.backdrop.views.get("unlinked")
    if visit.visitor.departments:
        return Section((), limited_note())
    rows = view(visit.connection, MOST) if view else []
    note = _("Остальные ждущие письма той же переписки лягут туда же.")
    if len(rows) == MOST:
        note += " " + _("Показаны {count} самых новых.").format(count=MOST)
    return Section(
        [_letter(visit, row, discreet) for row in rows],
        _("У всех писем есть клиент. Здесь бывают письма с незнакомых адресов."),
        note,
    )


def _letter(visit: Visit, row: Mapping[str, Any], discreet: Discreet) -> Matter:
    known = {str(one["id"]): one["name"] for one in row["clients"]}
    names = discreet.titles(visit.connection, known)
    ask = Ask("client", _("Клиент: ИНН или ключ"), required=True)
    if names:
        ask = Ask("client", _("Клиент"), required=True, choices=tuple(names.items()))
    sender = discreet.veil(("message", "", "sender"), row["sender"]) or "—"
    found = _("адрес никому из клиентов не принадлежит")
    if row["linked_by"] == "ambiguous":
        found = _("подходят несколько клиентов")
    return Matter(
        discreet.words(row["subject"]) or _("без темы"),
        f"{sender}: {found}",
        _("Назовите клиента, от которого письмо"),
        document_href("message", row["id"]),
        (Fact(_("Отправлено"), at=row["sent_at"]),),
        buttons=(
            Button("letter_link", _("Отнести к клиенту"), {"letter": str(row["id"])}, (ask,), True),
        ),
    )
