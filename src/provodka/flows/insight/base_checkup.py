"""Is the 1C base in order: what it publishes, and whether the mappings fit it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.probe import Finding as Probed
from provodka.connectors.onec.odata.probe import Level, Probe
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, broken, doubtful, good, tried
from provodka.flows.insight.published import PublishedBase
from provodka.flows.onec.balances.checking import check_balances
from provodka.flows.onec.following.checking import check_changes
from provodka.flows.onec.metadata.telling import fate
from provodka.flows.onec.metadata.watching import ANEW, Sight, look
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _
from provodka.mappings.books import BOOKS
from provodka.mappings.catalog import SETS
from provodka.mappings.checking import check_against
from provodka.mappings.compiled import Mapping
from provodka.mappings.configurations import Known, configuration, recognised
from provodka.mappings.drift import Act, Verdict
from provodka.mappings.misses import DOUBTS
from provodka.mappings.seen_values import odd_values, telling_fields

__all__ = ["check_base"]

SAMPLE = 200
NEWEST = {"Document_": ("Date desc", "Number")}


def check_base(hub: Hub) -> Iterator[Finding]:
    """Ask the base what it can do and publishes, and hold the mappings against it."""
    base, mappings = hub.require_base(), list(hub.mappings.values())
    books = {BOOKS[name].entity for mapping in mappings for name in mapping.books}
    probe = base.probe([*(mapping.entity for mapping in mappings), *sorted(books)])
    known = recognised(probe.published)
    foreign = _of_another(hub, known)
    for found in probe.findings:
        if not (foreign and found.code == "not_published"):
            yield _probed(found, probe)
    if not probe.published:
        return
    if foreign is not None:
        yield foreign
        return
    yield from tried("onec", lambda: check_changes(hub, probe.published))
    sight = look(hub, hub.engine, ANEW)
    yield from _fitting(mappings, sight, known)
    yield from tried("balances", lambda: _balances(hub, sight, known))
    yield from _changed(sight)
    yield from _held(base, mappings, probe)


def _probed(found: Probed, probe: Probe) -> Finding:
    return Finding(
        "onec",
        found.level.value,
        _without(found.next_step, found.text),
        found.code,
        next_step=found.next_step,
        wrong=found.level is Level.BAD and probe.reachable,
    )


def _of_another(hub: Hub, known: Known | None) -> Finding | None:
    """The mappings are those of another configuration than the base's."""
    settings = hub.settings.onec
    if settings is None or known is None or settings.mappings not in SETS:
        return None
    if settings.mappings == known.name:
        return None
    place = hub.source.place("onec", "mappings")
    said = _("база похожа на «{title}», а набор соответствий — {name}")
    return Finding(
        "mappings",
        "bad",
        f"{place}: " + said.format(title=known.title, name=settings.mappings),
        "other_configuration",
        expected=f"onec.mappings: {known.name}",
        next_step=_("укажите onec.mappings: {name}").format(name=known.name),
        place=place,
        wrong=True,
    )


def _fitting(mappings: Sequence[Mapping], sight: Sight, known: Known | None) -> Iterator[Finding]:
    published = PublishedBase(sight.metadata)
    facts = configuration(known.name) if known else None
    mistakes = [one for mapping in mappings for one in check_against(mapping, published, facts)]
    certain = [one for one in mistakes if one.code not in DOUBTS]
    for mistake in certain:
        yield from broken("mappings", mistake)
    for doubt in mistakes:
        if doubt.code in DOUBTS:
            yield doubtful("mappings", doubt)
    if not certain:
        yield good("mappings", _("все наборы и поля соответствий есть в базе 1С"))


def _balances(hub: Hub, sight: Sight, known: Known | None) -> Iterator[Finding]:
    facts = configuration(known.name) if known else None
    for mistake in check_balances(hub, sight.metadata, facts):
        yield from broken("balances", mistake)


def _changed(sight: Sight) -> Iterator[Finding]:
    """What has changed since the mappings were agreed with the base, and what comes of it."""
    if sight.changes:
        touched = sum(1 for one in sight.verdicts.values() if one.touched)
        yield good(
            "schema",
            _(
                "состав базы изменился: изменений {changes}, затронуто соответствий {touched}; "
                "подробности покажет provodka onec changes"
            ).format(changes=len(sight.changes), touched=touched),
        )
    for name, verdict in sight.verdicts.items():
        yield from _verdict(name, verdict)


def _verdict(name: str, verdict: Verdict) -> Iterator[Finding]:
    for touch in verdict.touched:
        if touch.breaking:
            error = touch.error()
            level = "warning" if verdict.act is Act.GO_ON else "bad"
            yield Finding(
                "schema",
                level,
                f"{error.where}: {error.found}; {fate(name, verdict)}",
                error.code,
                next_step=error.next_step,
                place=error.place,
                wrong=level == "bad",
            )


def _held(base: ODataBase, mappings: Sequence[Mapping], probe: Probe) -> Iterator[Finding]:
    """Values that the newest documents hold and the mappings do not know."""
    looked = 0
    for mapping in mappings:
        readable = mapping.entity in probe.published and mapping.entity not in probe.unreadable
        if not (mapping.reads and readable and telling_fields(mapping)):
            continue
        try:
            rows = _sample(base, mapping)
        except ProvodkaError:
            # Whatever is wrong with these fields has been told above.
            continue
        looked += len(rows)
        for odd in odd_values(mapping, rows):
            yield doubtful("mappings", odd)
    if looked:
        text = _("перечисления и типы ссылок сверены с данными: просмотрено записей {count}")
        yield good("mappings", text.format(count=looked))


def _sample(base: ODataBase, mapping: Mapping) -> list[dict[str, object]]:
    order = next((NEWEST[one] for one in NEWEST if mapping.entity.startswith(one)), mapping.order)
    query = Query(select=("Ref_Key", *telling_fields(mapping)), order=order, top=SAMPLE)
    rows: list[dict[str, object]] = []
    for page in base.read_pages(mapping.entity, query):
        rows += page.rows
        if len(rows) >= SAMPLE:
            break
    return rows[:SAMPLE]


def _without(next_step: str, text: str) -> str:
    """A whole error as text, without the next step at its end, which is told apart."""
    return text.removesuffix(
        _("Что делать: {step}").format(step=next_step.rstrip(".")) + "."
    ).rstrip()
