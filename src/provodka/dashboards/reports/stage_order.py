"""The order of stages, written down whenever it changes: scenarios have no journal."""

from __future__ import annotations

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.journal import Position

__all__ = ["note_stage_order"]

START = Position(0, 0)


def note_stage_order(connection: Connection, at: Position | None) -> int:
    """Write down the stages that are new or changed; valid for the changes after `at`.

    Scenarios are configuration and have no journal, so their order is kept here: returns how
    many rows were written.
    """
    place = at or START
    return connection.execute(
        text(
            "INSERT INTO report.stage_order (scenario, stage, since_xid, since_id, seen_at,"
            " scenario_version, scenario_name, name, rank, kind)"
            " SELECT s.scenario, s.code, :xid, :id, (SELECT clock_timestamp()), c.version, c.name,"
            " s.name, s.rank, s.kind"
            " FROM crm.stage s JOIN crm.scenario c ON c.code = s.scenario"
            " LEFT JOIN LATERAL (SELECT o.* FROM report.stage_order o"
            "  WHERE o.scenario = s.scenario AND o.stage = s.code"
            "  ORDER BY seen_at DESC LIMIT 1) last ON true"
            " WHERE (last.scenario_version, last.scenario_name, last.name, last.rank, last.kind)"
            " IS DISTINCT FROM (c.version, c.name, s.name, s.rank, s.kind)"
        ),
        {"xid": place.xid, "id": place.id},
    ).rowcount
