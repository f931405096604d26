"""Is everything in order: settings, rules, mappings, the store, and every system by asking it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.probe import Level
from provodka.connectors.telephony.asterisk_csv import read_page
from provodka.flows.hub import Hub
from provodka.flows.insight.published import PublishedBase
from provodka.flows.settings import AsteriskLog
from provodka.foundation.errors import AccessDenied, ConfigurationError, Place, ProvodkaError
from provodka.foundation.i18n import _
from provodka.mappings.books import BOOKS
from provodka.mappings.checking import check_against

__all__ = ["Finding", "broken", "check_files", "check_systems", "good"]

LINES_TRIED = 50
ANEW = timedelta()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out about one area of the hub.

    `level` is good, warning or bad; `wrong` tells a bad setting, that a person mends, from a
    system that cannot be reached. `place` is in a file, where the mistake is in one.
    """

    area: str
    level: str
    text: str
    code: str = ""
    expected: str = ""
    next_step: str = ""
    place: Place | None = None
    wrong: bool = False


def good(area: str, text: str) -> Finding:
    """All is well."""
    return Finding(area, "good", text)


def broken(area: str, error: ProvodkaError) -> list[Finding]:
    """An error and those found in the same pass, as findings."""
    errors = [error, *getattr(error, "others", ())]
    return [
        Finding(
            area,
            "bad",
            f"{one.where}: {one.found}",
            one.code,
            one.expected,
            one.next_step,
            getattr(one, "place", None),
            wrong=isinstance(one, ConfigurationError | AccessDenied),
        )
        for one in errors
    ]


def check_files(hub: Hub) -> Iterator[Finding]:
    """Rules and mappings as files; touches neither the store nor any system."""
    yield from _tried("rules", lambda: _rules(hub))
    if hub.settings.onec:
        yield from _tried("mappings", lambda: _mappings(hub))


def check_systems(hub: Hub) -> Iterator[Finding]:
    """Every configured system, asked."""
    if hub.base is not None:
        yield from _tried("onec", lambda: _base(hub))
    if hub.smtp is not None:
        yield from _tried("smtp", lambda: _smtp(hub))
    if hub.sent is not None:
        yield from _tried("imap", lambda: _imap(hub))
    elif hub.smtp is not None:
        text = _("раздела mail.imap нет: письмо с потерянным ответом будет ждать человека")
        yield Finding("imap", "warning", text, "no_imap", next_step=_("добавьте mail.imap"))
    for log in hub.settings.telephony:
        yield from _tried(f"calls:{log.name}", lambda log=log: _calls(log))  # type: ignore[misc]


def _tried(area: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except ProvodkaError as error:
        yield from broken(area, error)


def _rules(hub: Hub) -> Iterator[Finding]:
    book = hub.book
    yield good(
        "rules",
        _("правил: {rules}, сценариев: {scenarios}").format(
            rules=len(book.rules), scenarios=len(book.scenarios)
        ),
    )


def _mappings(hub: Hub) -> Iterator[Finding]:
    yield good(
        "mappings", _("соответствия прочитаны: {names}").format(names=", ".join(hub.mappings))
    )


def _base(hub: Hub) -> Iterator[Finding]:
    base, mappings = hub.require_base(), hub.mappings.values()
    books = {BOOKS[name].entity for mapping in mappings for name in mapping.books}
    probe = base.probe([*(mapping.entity for mapping in mappings), *sorted(books)])
    for found in probe.findings:
        bad = found.level is Level.BAD
        yield Finding(
            "onec",
            found.level.value,
            _without(found.next_step, found.text),
            found.code,
            next_step=found.next_step,
            wrong=bad and probe.reachable,
        )
    if not probe.reachable:
        return
    published = PublishedBase(base.metadata(now=hub.clock(), max_age=ANEW))
    mistakes = [one for mapping in mappings for one in check_against(mapping, published)]
    for mistake in mistakes:
        yield from broken("mappings", mistake)
    if not mistakes:
        yield good("mappings", _("все поля соответствий есть в базе 1С"))


def _without(next_step: str, text: str) -> str:
    """A whole error as text, without the next step at its end, which is told apart."""
    return text.removesuffix(
        _("Что делать: {step}").format(step=next_step.rstrip(".")) + "."
    ).rstrip()


def _smtp(hub: Hub) -> Iterator[Finding]:
    if hub.smtp is None:
        return
    reach = hub.smtp.probe()
    where = hub.smtp.settings.where
    entered = _("вход выполнен") if reach.authenticated else _("вход не нужен")
    yield good("smtp", _("{where} отвечает, {entered}").format(where=where, entered=entered))
    if not reach.encrypted:
        yield Finding(
            "smtp",
            "warning",
            _("{where} не шифрует соединение").format(where=where),
            "smtp_plain",
            next_step=_("поставьте security: starttls или tls, если сервер умеет"),
        )


def _imap(hub: Hub) -> Iterator[Finding]:
    if hub.sent is not None:
        told = _("{where} отвечает, папка «{folder}»")
        yield good("imap", told.format(where=hub.sent.settings.where, folder=hub.sent.probe()))


def _calls(log: AsteriskLog) -> Iterator[Finding]:
    area = f"calls:{log.name}"
    if not _exists(log.path):
        yield Finding(
            area,
            "bad",
            _("файла {path} нет").format(path=log.path),
            "no_call_log",
            _("журнал Master.csv"),
            _("проверьте path в hub.yaml и модуль cdr_csv на АТС"),
        )
        return
    page = read_page(log.path, None, zone=ZoneInfo(log.zone), max_rows=LINES_TRIED)
    told = _("{path} читается, разобрано строк {good}, непонятных {bad}")
    text = told.format(path=log.path, good=len(page.legs), bad=len(page.bad))
    if page.bad:
        step = _("непонятные строки окажутся в quarantine list с причиной")
        yield Finding(area, "warning", text, "bad_call_rows", next_step=step)
    else:
        yield good(area, text)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
