"""Keep `report.buying_spell` in step with the journal: only the buyers that it touches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.connectors.crm_store.tables.orders import buying_spell
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.results import MOSCOW, Check
from provodka.foundation.i18n import _

__all__ = ["SCOPES", "ZONE", "is_kept", "rebuild", "refresh", "verify"]

SQL = Path(__file__).parent / "sql"
STREAM = "report:buying_spell"
SCOPES = ("payer", "point")
ZONE = str(MOSCOW)
"""The zone in which the kept spells count months; reports of other zones count anew."""
START = Position(0, 0)
ALL = "true /* touched */"
SOME = "o.client_id IN (SELECT id FROM touched)"
FRESH = f"""
    CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT document, part, op, before FROM hub.delta
    WHERE kind = 'order' AND (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
      AND (xid, id) <= (CAST(:end_xid AS text)::xid8, :end_id)
"""  # noqa: S608
FOUND = "/* spells */"
"""What stands in the statement of spells between the purchases and the spells."""
PIECES = "CREATE TEMP TABLE piece ON COMMIT DROP AS {pieces} SELECT * FROM piece"
GATHER = """
    INSERT INTO report.buying_spell (scope, owner, spell, client, client_kind, first_at, last_at,
      lost_at, orders, amount, own_orders)
    WITH {spells} SELECT :scope, owner, spell, client, client_kind, first_at, last_at, lost_at,
      orders, amount, own_orders FROM spelt
"""
FOR_LARGE_SETS = text("""
    SELECT set_config('work_mem', '256MB', true), set_config('parallel_tuple_cost', '0.01', true),
      set_config('jit', 'off', true)
""")
FORGET = text("DELETE FROM report.buying_spell WHERE client IN (SELECT id FROM touched)")
BOUGHT = text("""
    SELECT count(*) FROM crm.order o WHERE o.status = 'delivered' AND o.completed_at IS NOT NULL
      AND o.deleted_at IS NULL AND EXISTS (SELECT FROM crm.order_lines l
        JOIN crm.product p ON p.id = l.product_id WHERE l.order_id = o.id AND p.kind = 'goods')
""")


def is_kept(connection: Connection) -> bool:
    """Whether the spells have ever been built."""
    return cursors.read(connection, STREAM) is not None


def refresh(connection: Connection) -> int:
    """Bring the spells up to the journal; returns how many were written.

    Reads which orders have changed; the spells of their buyers are computed anew.
    """
    place, end = _place(connection), journal.latest(connection)
    if place is None:
        return rebuild(connection)
    if end is None or end <= place:
        return 0
    given = {"xid": str(place.xid), "id": place.id, "end_xid": str(end.xid), "end_id": end.id}
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.fresh, pg_temp.touched"))
    connection.execute(text(FRESH), given)
    connection.execute(text(_read("lost_touched")))
    connection.execute(text("ANALYZE touched"))
    connection.execute(FORGET)
    written = _gather(connection, SOME)
    cursors.move(connection, STREAM, end.to_json())
    return written


def rebuild(connection: Connection) -> int:
    """Build all spells anew, in the current transaction; returns how many there are."""
    end = journal.latest(connection)
    connection.execute(buying_spell.delete())
    written = _gather(connection, ALL)
    cursors.move(connection, STREAM, (end or START).to_json())
    return written


def verify(connection: Connection) -> Sequence[Check]:
    """Every completed order is in exactly one spell of its payer."""
    kept = text(
        "SELECT coalesce(sum(own_orders), 0) FROM report.buying_spell WHERE scope = 'payer'"
    )
    spelt = int(connection.execute(kept).scalar_one())
    bought = connection.execute(BOUGHT).scalar_one()
    return (agree(_("Каждый выполненный заказ — ровно в одном отрезке покупок"), spelt, bought),)


def _place(connection: Connection) -> Position | None:
    return Position.from_json(cursors.read(connection, STREAM))


def _gather(connection: Connection, whose: str) -> int:
    """The spells of some buyers or of all; what they bought is read once for both scopes."""
    whole = _read("lost_bought").replace(ALL, whose) + _read("lost_spells")
    pieces, spells = whole.split(FOUND)
    given = {"as_of": "infinity", "zone": ZONE, "item_kind": None, "scope": "all"}
    connection.execute(FOR_LARGE_SETS)
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.piece"))
    found = PIECES.format(pieces=pieces.rstrip().removesuffix(","))
    connection.execute(text(found), given)
    connection.execute(text("ANALYZE piece"))
    statement = text(GATHER.format(spells=spells))
    return sum(
        connection.execute(statement, {"zone": ZONE, "scope": scope}).rowcount for scope in SCOPES
    )


@lru_cache
def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
