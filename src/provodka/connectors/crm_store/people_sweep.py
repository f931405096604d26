"""Finding and erasing a person wherever they are mentioned: every text of every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.people_traits import WIPED, Traits

__all__ = ["Texts", "clean", "mentions", "texts"]

COLUMNS = text("""
    SELECT n.nspname || '.' || quote_ident(c.relname) AS table_name,
        quote_ident(a.attname) AS name, format_type(a.atttypid, NULL) AS type,
        NOT a.attnotnull AS nullable,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                AND a.attnum = ANY (i.indkey)) AS single
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('crm', 'hub', 'report', 'journal') AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND format_type(a.atttypid, NULL) IN ('text', 'character varying', 'text[]', 'json', 'jsonb')
      AND n.nspname || '.' || c.relname <> ALL (:others)
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND (
          f.conrelid = c.oid AND a.attnum = ANY (f.conkey)
          OR f.confrelid = c.oid AND a.attnum = ANY (f.confkey)))
    ORDER BY (n.nspname || '.' || c.relname) = 'hub.delta', 1, a.attnum
""")
OTHERS = (
    *("hub.person", "hub.session", "hub.enter_link", "hub.audit", "hub.erasure"),
    *("hub.alembic_version", "hub.rule_version", "hub.file", "hub.worker", "hub.delta_month"),
)
"""About those who work here, or about no person at all; `hub.audit` keeps no personal data."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds text or JSON; `single` if its value may stand there once."""

    name: str
    type: str
    nullable: bool
    single: bool

    def finds(self) -> str:
        """The condition that the person is in it."""
        whole = f"{self.name}::text" if self.type != "text" else self.name
        return f"({whole} ~ :hints AND {whole} ~* :pattern)"

    def cleaned(self) -> str:
        """What it becomes."""
        if self.type in ("json", "jsonb"):
            made = f"pg_temp.cleaned({self.name}::jsonb, :pattern, :instead)::{self.type}"
        elif self.type == "text[]":
            made = (
                f"(SELECT array_agg(regexp_replace(e, :pattern, :instead, 'gi'))"
                f" FROM unnest({self.name}) e)"
            )
        elif self.single:
            made = (
                f"regexp_replace({self.name}, :pattern, :instead || '-' || gen_random_uuid(), 'gi')"
            )
        else:
            made = f"regexp_replace({self.name}, :pattern, :instead, 'gi')"
        whole = rf"{self.name} ~* ('^[\s+]*(?:' || :pattern || ')\s*$')"
        if self.nullable and self.type == "text" and not self.single:
            made = f"CASE WHEN {whole} THEN NULL ELSE {made} END"
        return f"{self.name} = CASE WHEN {self.finds()} THEN {made} ELSE {self.name} END"


@dataclass(frozen=True, slots=True)
class Texts:
    """A table with its columns of text."""

    table: str
    columns: tuple[Column, ...]

    @property
    def condition(self) -> str:
        """That the person is mentioned in a row."""
        return " OR ".join(column.finds() for column in self.columns)


def texts(connection: Connection) -> Sequence[Texts]:
    """Every table of the store that holds text about anybody; the journal is the last.

    Columns that link tables hold keys and codes, and are left out.
    """
    found: dict[str, list[Column]] = {}
    for row in connection.execute(COLUMNS, {"others": list(OTHERS)}):
        column = Column(row.name, row.type, row.nullable, row.single)
        found.setdefault(row.table_name, []).append(column)
    return [Texts(table, tuple(columns)) for table, columns in found.items()]


def clean(connection: Connection, traits: Traits) -> Counter[str]:
    """Take the person out of every text; rows by table. Reads the whole store.

    A value that is nothing but a trait becomes empty where it may; JSON keeps its shape.
    """
    counts: Counter[str] = Counter()
    pattern, hints = traits.pattern(), traits.hints()
    if pattern:
        for one in texts(connection):
            sets = ", ".join(column.cleaned() for column in one.columns)
            statement = text(_plain(f"UPDATE {one.table} SET {sets} WHERE {one.condition}"))
            given = {"pattern": pattern, "hints": hints, "instead": WIPED}
            counts[one.table.replace('"', "")] = connection.execute(statement, given).rowcount
    return +counts


def mentions(connection: Connection, traits: Traits) -> Iterator[tuple[str, int]]:
    """Tables that mention the person, and in how many rows. Reads the whole store."""
    given = {"pattern": traits.pattern(), "hints": traits.hints()}
    for one in texts(connection) if given["pattern"] else ():
        query = text(_plain(f"SELECT count(*) FROM {one.table} WHERE {one.condition}"))
        count = connection.execute(query, given).scalar_one()
        if count:
            yield one.table.replace('"', ""), count


def _plain(statement: str) -> str:
    """Casts that SQLAlchemy does not take for parameters, parameters that PostgreSQL can type."""
    for name in ("pattern", "hints", "instead"):
        statement = statement.replace(f":{name}", f"CAST(:{name} AS text)")
    return statement
