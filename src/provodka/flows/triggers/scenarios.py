"""Scenarios and rule versions of the book, written to the store for people and foreign keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.deals import scenario as scenarios
from provodka.connectors.crm_store.tables.deals import stage as stages
from provodka.connectors.crm_store.tables.ruling import rule_version
from provodka.flows.triggers.publishing import register
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.planned import ALWAYS_PLANNED
from provodka.trigger_rules.scenario import Scenario, normalized, version_of

__all__ = ["sync_scenarios"]

UNUSED = text("""
    DELETE FROM crm.stage s WHERE s.scenario = :scenario AND NOT s.code = ANY(:codes)
    AND NOT EXISTS (SELECT FROM crm.deal d WHERE (d.scenario, d.stage) = (s.scenario, s.code))
""")


def sync_scenarios(connection: Connection, book: RuleBook, *, at_once: bool = True) -> None:
    """Bring `crm.scenario`, `crm.stage` and the versions of rules in line with the book.

    A stage that left its file stays while a deal is still in it. The rules are in force
    `at_once`, or drafts until a person approves them. Repeating changes nothing.
    """
    for scenario in book.scenarios.values():
        _store_scenario(connection, scenario)
    register(connection, book, at_once=at_once)
    versions = [
        {
            "name": ALWAYS_PLANNED,
            "version": version_of(scenario.always_planned),
            "source": normalized(scenario.always_planned),
        }
        for scenario in book.scenarios.values()
    ]
    if versions:
        connection.execute(insert(rule_version).on_conflict_do_nothing(), versions)


def _store_scenario(connection: Connection, scenario: Scenario) -> None:
    _upsert(
        connection,
        scenarios,
        [{"code": scenario.code, "name": scenario.text.name, "version": scenario.version}],
    )
    ranks = scenario.ranks
    _upsert(
        connection,
        stages,
        [
            {
                "scenario": scenario.code,
                "code": stage.code,
                "name": stage.name,
                "rank": ranks[stage.code],
                "kind": stage.kind,
            }
            for stage in scenario.text.stages
        ],
    )
    connection.execute(UNUSED, {"scenario": scenario.code, "codes": list(ranks)})


def _upsert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
