"""References of many rows, looked up all at once instead of row by row.

A foreign key looks its parent up for every row, a quarter of the cost of a first load. Here each
parent is looked up once, and locked as a foreign key locks it; then the rows go in without the
look-up for each. Everything else holds: keys, checks, the journal. Where this is not possible
the foreign keys do their work as always.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, Table, text

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables import metadata

__all__ = ["looked_up"]

ALLOWED = text("""
    SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND NOT EXISTS (
           SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname || '.' || c.relname = ANY (CAST(:tables AS text[]))
             AND NOT t.tgisinternal AND t.tgenabled = 'O')
""")


@contextmanager
def looked_up(
    connection: Connection, tables: Sequence[Table], parents: Mapping[str, Collection[UUID]]
) -> Iterator[None]:
    """Within the block new rows of `tables` are written without a look-up for each reference.

    `parents` are the documents that the rows refer to, by kind, other than those written in the
    same block. If one of them is missing, the role may not do this, or somebody has added a
    trigger of their own to a table, the block runs with the foreign keys on.
    """
    if not (_allowed(connection, tables) and _all_there(connection, parents)):
        yield
        return
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    connection.execute(text("SET LOCAL session_replication_role = origin"))


def _allowed(connection: Connection, tables: Sequence[Table]) -> bool:
    names = [table.fullname for table in tables]
    return bool(connection.execute(ALLOWED, {"tables": names}).scalar())


def _all_there(connection: Connection, parents: Mapping[str, Collection[UUID]]) -> bool:
    for kind, keys in parents.items():
        table = metadata.tables[f"crm.{kind}"]
        # The order keeps two writers from waiting for each other.
        locked = (
            table.select()
            .with_only_columns(table.c.id)
            .where(table.c.id.in_(listed_ids(keys)))
            .order_by(table.c.id)
            .with_for_update(read=True, key_share=True)
        )
        if len(connection.execute(locked).all()) != len(keys):
            return False
    return True
