"""Erasing what stands in known places: documents of a person, their journal, what was agreed.

What the journal says of a change that this makes is erased with the rest, and then says nothing:
such lines go, so that neither rules nor other systems hear of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.people_places import PLACES, VERSIONS, Place
from provodka.connectors.crm_store.people_subject import Subject
from provodka.connectors.crm_store.people_traits import WIPED

__all__ = ["documents_of", "forget_echoes", "forget_keys", "prepare", "wipe"]

FUNCTIONS = """
    CREATE OR REPLACE FUNCTION pg_temp.wiped(image jsonb, instead jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
        SELECT image || coalesce((SELECT jsonb_object_agg(w.key, w.value) FROM jsonb_each(instead) w
            WHERE image ? w.key AND jsonb_typeof(image -> w.key) <> 'null'), '{}')
    $$;
    CREATE OR REPLACE FUNCTION pg_temp.cleaned(value jsonb, trait text, instead text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
        RETURN CASE jsonb_typeof(value)
            WHEN 'string' THEN
                to_jsonb(regexp_replace(value #>> '{}', trait, instead, 'gi'))
            WHEN 'number' THEN CASE WHEN (value #>> '{}') ~ trait THEN 'null'::jsonb ELSE value END
            WHEN 'array' THEN (SELECT coalesce(jsonb_agg(pg_temp.cleaned(e, trait, instead)), '[]')
                               FROM jsonb_array_elements(value) e)
            WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(
                regexp_replace(key, trait, instead, 'gi'), pg_temp.cleaned(e, trait, instead)),
                '{}') FROM jsonb_each(value) AS one (key, e))
            ELSE value END;
    END $$;
    CREATE OR REPLACE FUNCTION pg_temp.readable(body bytea) RETURNS text
    LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
        RETURN convert_from(body, 'UTF8');
    EXCEPTION WHEN OTHERS THEN
        RETURN encode(body, 'escape');
    END $$
"""
DELTAS = text("""
    UPDATE hub.delta SET before = pg_temp.wiped(before::jsonb, :wiped)::json,
        after = pg_temp.wiped(after::jsonb, :wiped)::json
    WHERE kind = :kind AND part = '' AND document = ANY(:documents)
      AND (pg_temp.wiped(before::jsonb, :wiped) IS DISTINCT FROM before::jsonb
           OR pg_temp.wiped(after::jsonb, :wiped) IS DISTINCT FROM after::jsonb)
""")
SNAPSHOTS = text("""
    UPDATE hub.binding SET snapshot = pg_temp.wiped(snapshot::jsonb, :wiped)::json
    WHERE kind = :kind AND document = ANY(:documents)
      AND pg_temp.wiped(snapshot::jsonb, :wiped) IS DISTINCT FROM snapshot::jsonb
""")
STEPS = text("""
    UPDATE hub.client_merge_step SET before = pg_temp.wiped(before::jsonb, :wiped)::json,
        after = pg_temp.wiped(after::jsonb, :wiped)::json
    WHERE kind = :kind AND part = '' AND document = ANY(:documents)
      AND (pg_temp.wiped(before::jsonb, :wiped) IS DISTINCT FROM before::jsonb
           OR pg_temp.wiped(after::jsonb, :wiped) IS DISTINCT FROM after::jsonb)
""")
ECHOES = text("""
    DELETE FROM hub.delta WHERE at >= now() - interval '1 day'
      AND hub.delta.xid = pg_current_xact_id() AND op = 'update'
      AND before::jsonb = after::jsonb
""")
KEYS = {
    "hub.duplicate_key": "DELETE FROM hub.duplicate_key WHERE client_id = ANY(:clients)",
    "hub.duplicate": (
        "DELETE FROM hub.duplicate WHERE first = ANY(:clients) OR second = ANY(:clients)"
    ),
    "hub.audience": "DELETE FROM hub.audience WHERE client_id = ANY(:clients)",
    "hub.visitor": "DELETE FROM hub.visitor WHERE client_id = ANY(:clients)",
    "hub.live_call": "DELETE FROM hub.live_call WHERE client_number = ANY(:phones)",
    "hub.conflict": """
        UPDATE hub.conflict SET base = NULL, ours = NULL, theirs = NULL, resolution = NULL,
            resolved_at = coalesce(resolved_at, now()), taken = coalesce(taken, 'dissolved'),
            resolved_by = coalesce(resolved_by, 'hub')
        WHERE document = ANY(:people) AND num_nonnulls(base, ours, theirs, resolution) > 0
    """,
    "hub.outbox": """
        UPDATE hub.outbox SET payload = NULL, said = NULL, result = NULL, trouble = NULL,
            state = CASE WHEN state IN ('waiting', 'sending', 'unsure') THEN 'dropped'
                    ELSE state END,
            settled_at = coalesce(settled_at, now())
        WHERE document = ANY(:talk) AND (num_nonnulls(payload, said, result, trouble) > 0
            OR state IN ('waiting', 'sending', 'unsure'))
    """,
    "hub.inbox": """
        UPDATE hub.inbox SET query = NULL, headers = NULL, body = NULL, likeness = NULL,
            erased_at = coalesce(erased_at, now()),
            state = CASE WHEN state IN ('new', 'aside') THEN 'done' ELSE state END,
            handled_at = coalesce(handled_at, now())
        WHERE num_nonnulls(query, headers, body) > 0 AND (document = ANY(:talk)
            OR :pattern <> '' AND concat_ws(' ', query, headers, pg_temp.readable(body)) ~ :hints
                AND concat_ws(' ', query, headers, pg_temp.readable(body)) ~* :pattern)
    """,
    "hub.bank_document": """
        UPDATE hub.bank_document SET party_name = :instead, party_account = NULL,
            party_inn = NULL, purpose = :instead, said = '{}'
        WHERE (payment_id = ANY(:payments) OR party_inn = ANY(:inns))
          AND (said <> '{}' OR purpose <> :instead)
    """,
}
TALK = frozenset({"client", "contact", "messenger_account", "call", "message", "form_entry"})
"""Kinds whose errands and arrivals are about the person alone; those of others stay workable."""
PEOPLE = frozenset({"client", "contact", "delivery_point", "messenger_account"})


def prepare(connection: Connection) -> None:
    """Make what the statements here need, for this session."""
    connection.exec_driver_sql(FUNCTIONS)


def documents_of(connection: Connection, subject: Subject) -> Mapping[str, list[UUID]]:
    """The documents of a person, by kind."""
    found = {}
    for place in PLACES:
        query = text(f'SELECT id FROM crm."{place.kind}" WHERE {_whose(place)}')
        found[place.kind] = list(connection.scalars(query, subject.given()))
    return {kind: keys for kind, keys in found.items() if keys}


def wipe(connection: Connection, documents: Mapping[str, Collection[UUID]]) -> Counter[str]:
    """Erase the columns of these documents, wherever they are repeated; rows by place."""
    counts: Counter[str] = Counter()
    for place in PLACES:
        keys = list(documents.get(place.kind, ()))
        if keys:
            counts += _wipe_rows(connection, f'crm."{place.kind}"', "id", place.wiped, keys)
            counts += _wipe_images(connection, place, keys)
            if place.kind in VERSIONS:
                table = f"report.{VERSIONS[place.kind]}"
                counts += _wipe_rows(connection, table, "document", place.wiped, keys)
    return counts


def forget_keys(
    connection: Connection, subject: Subject, documents: Mapping[str, Collection[UUID]]
) -> Counter[str]:
    """Erase by what the person is known again, what was to be sent to them, what they sent."""
    given = subject.given() | {
        "people": [key for kind in PEOPLE for key in documents.get(kind, ())],
        "talk": [key for kind in TALK for key in documents.get(kind, ())],
        "payments": list(documents.get("payment", ())),
        "inns": sorted(subject.traits.numbers),
        "pattern": subject.traits.pattern(),
        "hints": subject.traits.hints(),
        "instead": WIPED,
    }
    return +Counter(
        {
            place: connection.execute(text(statement), given).rowcount
            for place, statement in KEYS.items()
        }
    )


def forget_echoes(connection: Connection) -> None:
    """Forget the journal's lines of this transaction that say nothing any more."""
    connection.execute(ECHOES)


def _whose(place: Place) -> str:
    """The condition with its keys typed: an empty list has no type of its own."""
    typed = place.whose
    for name in ("clients", "contacts"):
        typed = typed.replace(f":{name}", f"CAST(:{name} AS uuid[])")
    for name in ("phones", "emails"):
        typed = typed.replace(f":{name}", f"CAST(:{name} AS text[])")
    return typed


def _wipe_rows(
    connection: Connection,
    table: str,
    key: str,
    wiped: Mapping[str, str | None],
    keys: Collection[UUID],
) -> Counter[str]:
    known = _columns(connection, table)
    columns = {name: value for name, value in wiped.items() if name in known}
    if not columns:
        return Counter()
    given = {f"to_{name}": value for name, value in columns.items() if value is not None}
    becomes = {name: "NULL" if value is None else f":to_{name}" for name, value in columns.items()}
    sets = ", ".join(f"{name} = {value}" for name, value in becomes.items())
    differs = " OR ".join(
        f"{name} IS NOT NULL" if value == "NULL" else f"{name} IS DISTINCT FROM {value}"
        for name, value in becomes.items()
    )
    statement = text(f"UPDATE {table} SET {sets} WHERE {key} = ANY(:keys) AND ({differs})")
    rows = connection.execute(statement, given | {"keys": list(keys)}).rowcount
    return +Counter({table.replace('"', ""): rows})


def _columns(connection: Connection, table: str) -> frozenset[str]:
    query = text(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0"
    )
    return frozenset(connection.scalars(query, {"name": table}))


def _wipe_images(connection: Connection, place: Place, keys: Collection[UUID]) -> Counter[str]:
    wiped = dump_json(dict(place.wiped))
    given = {"kind": place.kind, "documents": list(keys), "wiped": wiped}
    statements = {"hub.delta": DELTAS, "hub.binding": SNAPSHOTS, "hub.client_merge_step": STEPS}
    return +Counter(
        {name: connection.execute(one, given).rowcount for name, one in statements.items()}
    )
