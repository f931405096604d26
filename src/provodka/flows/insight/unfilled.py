"""Fields that rules read and nobody fills in, by the store's own documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Text, cast, func, select

from provodka.connectors.crm_store.tables import metadata
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.asked_fields import Asked, asked_fields
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.doubts import idle_when_empty

__all__ = ["SAMPLE", "unfilled"]

SAMPLE = 10_000
"""How many of the newest documents of a kind are looked at."""
FEW = 20
"""Of fewer documents nothing is concluded."""
Fields = Mapping[str, Collection[str]]


class Filled(NamedTuple):
    """In how many of the newest documents a field is filled in."""

    filled: int
    of: int


def unfilled(connection: Connection, book: RuleBook) -> Iterator[ConfigurationError]:
    """A warning for each field that a rule reads and none of the newest documents has.

    A kind with fewer than 20 documents says nothing yet. Where the condition cannot hold with
    the field empty, the warning tells so.
    """
    asked = {rule.name: list(asked_fields(rule)) for rule in book.rules}
    columns: dict[str, set[str]] = defaultdict(set)
    for fields in asked.values():
        for one in fields:
            columns[one.kind].add(one.column)
    counted = _counted(connection, columns)
    for rule in book.rules:
        for one in asked[rule.name]:
            found = counted[one.kind, one.column]
            if found.filled == 0 and found.of >= FEW:
                yield _warning(rule, one, found)


def _counted(connection: Connection, columns: Fields) -> dict[tuple[str, str], Filled]:
    counted: dict[tuple[str, str], Filled] = {}
    for kind, names in columns.items():
        table = metadata.tables[f"crm.{kind}"]
        wanted = sorted(names)
        newest = (
            select(*(table.c[name] for name in wanted))
            .where(table.c.deleted_at.is_(None))
            .order_by(table.c.id.desc())
            .limit(SAMPLE)
            .subquery()
        )
        filled = (func.count(func.nullif(cast(newest.c[name], Text), "")) for name in wanted)
        total, *counts = connection.execute(select(func.count(), *filled).select_from(newest)).one()
        counted |= {
            (kind, name): Filled(count, total) for name, count in zip(wanted, counts, strict=True)
        }
    return counted


def _warning(rule: Rule, asked: Asked, found: Filled) -> ConfigurationError:
    idle = idle_when_empty(rule, [asked.path])
    return rule.error(
        *asked.steps,
        found=_("поле {path} никто не заполняет: заполнено у {filled} из {count}").format(
            path=asked.path, filled=found.filled, count=found.of
        ),
        expected=_("заполненное поле: пока оно пусто, правило не сработает")
        if idle
        else _("заполненное поле или условие без него"),
        next_step=_("заполняйте поле или исправьте правило"),
        code="unfilled_field",
    )
