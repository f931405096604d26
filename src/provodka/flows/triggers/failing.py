"""The rules that keep failing, as the store remembers them: noted, switched off, on again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.ruling import rule_health
from provodka.foundation.errors import ProvodkaError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.health import Health, after_failure

__all__ = ["Failing", "enable", "read_health"]

log = structlog.get_logger("provodka.triggers")


@dataclass
class Failing:
    """What one transaction of the rules' stream knows and learns of failures."""

    connection: Connection
    now: datetime
    known: dict[str, Health] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> Failing:
        """As it stands at the start of the transaction."""
        return cls(connection, now, read_health(connection))

    def disabled(self, book: RuleBook) -> frozenset[str]:
        """The rules of the book that are switched off in the version that it has."""
        return frozenset(
            name
            for name, health in self.known.items()
            if name in book.named and health.disables(book.named[name].version)
        )

    def failed(self, rule: str, version: str, error: ProvodkaError) -> bool:
        """Note a failure; whether it has switched the rule off."""
        was = self.known.get(rule)
        health = after_failure(was, version, _told(error), self.now)
        self.known[rule] = health
        _write(self.connection, rule, health)
        begun = health.disables(version) and not (was and was.disables(version))
        if begun:
            log.error("rule_disabled", rule=rule, version=version, code=error.code)
        return begun

    def succeeded(self, rule: str) -> None:
        """Forget the failures of a rule that has acted, unless it is switched off."""
        health = self.known.get(rule)
        if health is not None and health.disabled_at is None:
            del self.known[rule]
            enable(self.connection, rule)


def read_health(connection: Connection) -> dict[str, Health]:
    """The health of every rule that has failed since its last success, by name."""
    columns = rule_health.c
    rows = connection.execute(select(rule_health).order_by(columns.rule))
    return {
        row.rule: Health(row.version, row.failures, row.since, row.trouble, row.disabled_at)
        for row in rows
    }


def enable(connection: Connection, rule: str) -> bool:
    """Forget a rule's failures, so that it works again; whether there were any."""
    gone = delete(rule_health).where(rule_health.c.rule == rule)
    return bool(connection.execute(gone).rowcount)


def _told(error: ProvodkaError) -> Mapping[str, str]:
    return {"code": error.code, "found": error.found, "next_step": error.next_step}


def _write(connection: Connection, rule: str, health: Health) -> None:
    said = {
        "version": health.version,
        "failures": health.failures,
        "since": health.since,
        "trouble": dict(health.trouble),
        "disabled_at": health.disabled_at,
    }
    new = insert(rule_health).values(rule=rule, **said)
    connection.execute(new.on_conflict_do_update(index_elements=["rule"], set_=said))
