"""Every action that rules may name: those of the hub, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.actions import (
    assigning,
    calls,
    deals,
    deliveries,
    fields,
    letters,
    outside,
    papers,
    reports,
    stages,
    tasks,
    voice,
)
from provodka.trigger_rules.actions.kinds import ActionKind

__all__ = ["GROUP", "actions", "loaded"]

GROUP = "provodka.actions"
FAMILIES = (
    letters, tasks, stages, fields, assigning, deals, papers, deliveries, outside, calls, voice,
    reports,
)  # fmt: skip


@lru_cache(maxsize=1)
def actions() -> Mapping[str, ActionKind]:
    """Actions by name. Raises `ConfigurationError` for a package that offers a wrong one."""
    found = {kind.name: kind for family in FAMILIES for kind in family.KINDS}
    for kind in _offered(entry_points(group=GROUP)):
        if kind.name in found:
            raise _wrong(kind.name, _("такое действие уже есть"))
        found[kind.name] = kind
    return found


def loaded(point: EntryPoint) -> ActionKind:
    """The action behind an entry point, under the entry point's own name."""
    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        raise _wrong(point.name, str(error)) from None
    if not isinstance(kind, ActionKind) or kind.name != point.name:
        raise _wrong(point.name, _("{value} — не ActionKind с этим именем").format(value=kind))
    return kind


def _offered(points: object) -> Iterator[ActionKind]:
    for point in sorted(points, key=lambda one: one.name):  # type: ignore[call-overload]
        yield loaded(point)


def _wrong(name: str, found: str) -> ConfigurationError:
    return ConfigurationError(
        _("действие «{name}» из пакета ({group})").format(name=name, group=GROUP),
        found=found,
        expected=_("объект ActionKind с таким же именем"),
        next_step=_("исправьте или удалите пакет"),
        code="wrong_action",
    )
