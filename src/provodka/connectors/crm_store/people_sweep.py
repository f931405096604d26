"""Finding and erasing a person wherever they are mentioned: every text of every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, text

from provodka.connectors.crm_store.people_traits import WIPED, Traits

__all__ = ["Mentioned", "Texts", "clean", "mentions", "texts"]

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
KEYS = text("""
    SELECT n.nspname || '.' || quote_ident(c.relname) AS table_name,
        quote_ident(a.attname) AS name, format_type(a.atttypid, NULL) AS type
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indisprimary AND n.nspname IN ('crm', 'hub', 'report', 'journal')
    ORDER BY 1, a.attnum
""")
JOURNAL = "hub.delta"
OWN = "hub.delta.xid = pg_current_xact_id() AND at >= now() - interval '1 day'"
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
    """A table with its columns of text, and its key: names of columns with their types."""

    table: str
    columns: tuple[Column, ...]
    key: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The table's name as people write it."""
        return self.table.replace('"', "")

    @property
    def condition(self) -> str:
        """That the person is mentioned in a row."""
        return " OR ".join(column.finds() for column in self.columns)

    @property
    def sets(self) -> str:
        """What the columns become."""
        return ", ".join(column.cleaned() for column in self.columns)

    def among(self) -> str:
        """That a row is one of those whose keys are given, as texts."""
        names = ", ".join(name for name, _type in self.key)
        lists = ", ".join(
            f"CAST(CAST(:key_{number} AS text[]) AS {type_}[])"
            for number, (_name, type_) in enumerate(self.key)
        )
        return f"({names}) IN (SELECT * FROM unnest({lists}))"


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Rows of a table that mention a person: of each column of the key its values, as texts."""

    texts: Texts
    keys: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.keys[0])


def texts(connection: Connection) -> Sequence[Texts]:
    """Every table of the store that holds text about anybody; the journal is the last.

    Columns that link tables hold keys and codes, and are left out.
    """
    found: dict[str, list[Column]] = {}
    for row in connection.execute(COLUMNS, {"others": list(OTHERS)}):
        column = Column(row.name, row.type, row.nullable, row.single)
        found.setdefault(row.table_name, []).append(column)
    keys: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(KEYS):
        keys.setdefault(row.table_name, []).append((row.name, row.type))
    return [Texts(name, tuple(columns), tuple(keys[name])) for name, columns in found.items()]


def mentions(connection: Connection, traits: Traits) -> Sequence[Mentioned]:
    """Every row that mentions the person, by table. Reads the whole store, and writes nothing."""
    given = {"pattern": traits.pattern(), "hints": traits.hints()}
    found = []
    for one in texts(connection) if given["pattern"] else ():
        key = ", ".join(f"{name}::text" for name, _type in one.key)
        query = text(_plain(f"SELECT {key} FROM {one.table} WHERE {one.condition}"))
        rows = connection.execute(query, given).all()
        if rows:
            found.append(Mentioned(one, tuple(tuple(values) for values in zip(*rows, strict=True))))
    return found


def clean(connection: Connection, traits: Traits, mentioned: Sequence[Mentioned]) -> Counter[str]:
    """Take the person out of these rows, and of what the journal says of that; rows by table.

    A value that is nothing but a trait becomes empty where it may; JSON keeps its shape.
    """
    given = {"pattern": traits.pattern(), "hints": traits.hints(), "instead": WIPED}
    counts: Counter[str] = Counter()
    for one in mentioned:
        keys = {f"key_{number}": list(values) for number, values in enumerate(one.keys)}
        statement = _update(one.texts, one.texts.among())
        counts[one.texts.name] = connection.execute(statement, given | keys).rowcount
    if mentioned:
        [journal] = [one for one in texts(connection) if one.table == JOURNAL]
        connection.execute(_update(journal, OWN), given)
    return +counts


def _update(one: Texts, chosen: str) -> TextClause:
    statement = f"UPDATE {one.table} SET {one.sets} WHERE {chosen} AND ({one.condition})"
    return text(_plain(statement))


def _plain(statement: str) -> str:
    """Casts that SQLAlchemy does not take for parameters, parameters that PostgreSQL can type."""
    for name in ("pattern", "hints", "instead"):
        statement = statement.replace(f":{name}", f"CAST(:{name} AS text)")
    return statement
