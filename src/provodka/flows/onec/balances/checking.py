"""Which balances are read from this base, and whether it can answer for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from provodka.connectors.onec.odata.metadata import Metadata
from provodka.flows.hub import Hub
from provodka.flows.insight.published import PublishedBase
from provodka.foundation.errors import ConfigurationError, ProvodkaError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import gathered
from provodka.mappings.balances.checking import check_balance
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.configurations import Configuration, configuration, recognised
from provodka.mappings.published import FieldInfo, Fields

__all__ = ["BaseTables", "check_balances", "declared", "explained"]

OFTEN = timedelta(hours=1)
"""How old the base's description may be when a refusal is explained by it."""
REFUSALS = frozenset({"not_published", "bad_query", "no_virtual_table", "no_service"})


@dataclass(frozen=True, slots=True)
class BaseTables(PublishedBase):
    """A live base with its virtual tables, as `mappings.balances.checking.PublishedTables`."""

    def tables(self, entity: str) -> dict[str, Fields]:
        """Virtual tables of a register and the fields of their rows."""
        found = self.metadata.sets.get(entity)
        if found is None:
            return {}
        return {
            name: {
                one.name: FieldInfo(one.type, one.nullable, one.max_length)
                for one in table.fields.values()
            }
            for name, table in found.virtual_tables.items()
        }


def declared(hub: Hub, name: str) -> Balance:
    """The balance of that name, if `hub.yaml` wants it and the configuration keeps it.

    Otherwise a `ConfigurationError` with the code `not_declared`: there is nothing to be done.
    """
    wanted = hub.settings.onec.balances if hub.settings.onec else ()
    found = hub.balances.get(name) if name in wanted else None
    if found is not None:
        return found
    raise hub.source.error(
        "onec",
        "balances",
        found=_("остатки «{name}» не читаются").format(name=name),
        expected=_("{name} среди onec.balances и файл balances/{name}.yaml в наборе").format(
            name=name
        ),
        next_step=_("добавьте их, если база ведет такой учет"),
        code="not_declared",
    )


def check_balances(
    hub: Hub, metadata: Metadata, facts: Configuration | None = None
) -> list[ConfigurationError]:
    """What the balances that are to be read name and the base does not have."""
    wanted = hub.settings.onec.balances if hub.settings.onec else ()
    published = BaseTables(metadata)
    return [
        _optional(one, mistake)
        for name, one in hub.balances.items()
        if name in wanted
        for mistake in check_balance(one, published, facts)
    ]


@contextmanager
def explained(hub: Hub, one: Balance) -> Iterator[None]:
    """A refusal of the base, told by the lines of the declaration that it does not answer."""
    try:
        yield
    except ConfigurationError as refusal:
        if refusal.code not in REFUSALS:
            raise
        # What is remembered of the base may be older than what it refuses now.
        mistakes = _mistakes(hub, one, OFTEN) or _mistakes(hub, one, timedelta())
        if not mistakes:
            raise
        raise gathered(mistakes) from refusal


def _mistakes(hub: Hub, one: Balance, max_age: timedelta) -> list[ConfigurationError]:
    try:
        metadata = hub.require_base().metadata(now=hub.clock(), max_age=max_age)
    except ProvodkaError:
        # The refusal itself says enough; that the base cannot describe itself is another story.
        return []
    known = recognised(metadata.sets)
    facts = configuration(known.name) if known else None
    return [_optional(one, miss) for miss in check_balance(one, BaseTables(metadata), facts)]


def _optional(one: Balance, mistake: ConfigurationError) -> ConfigurationError:
    """The same with the other way out: a balance need not be read."""
    way = _("{step}; если учета в базе нет, уберите {name} из onec.balances")
    return ConfigurationError(
        mistake.place or mistake.where,
        found=mistake.found,
        expected=mistake.expected,
        next_step=way.format(step=mistake.next_step, name=one.name),
        code=mistake.code,
    )
