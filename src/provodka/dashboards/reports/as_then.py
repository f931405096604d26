"""Documents as they stood at an instant that has passed: what was changed later is undone.

Reports that read the documents themselves, and not versions of them, ask about the past through
this. The first change after the instant says what was before it. A document entered after the
instant belongs to its own time, as it was entered: so do calls, orders and papers of the past that
are brought over from an older program. One that was only entered is as it was.
"""

from __future__ import annotations

import re

__all__ = ["as_then"]

DOCUMENTS = ("order", "shipment", "delivery", "call")
LINES = {"order_lines": "order", "shipment_lines": "shipment", "delivery_lines": "delivery"}
NAMED = re.compile(rf"\bcrm\.({'|'.join((*LINES, *DOCUMENTS))})(?= )")
BEGINNING = re.compile(r"^WITH (RECURSIVE )?", re.MULTILINE)
CHANGED = """{kind}_touched AS MATERIALIZED (
  SELECT document FROM hub.delta WHERE kind = '{kind}' AND at > :as_of GROUP BY document
  HAVING bool_or(op <> 'insert') OR NOT bool_or(part = '' AND op = 'insert')
),
{kind}_changed AS MATERIALIZED (
  SELECT DISTINCT ON (document) document, op = 'insert' AS entered,
    CASE op WHEN 'insert' THEN after ELSE before END AS state
  FROM hub.delta WHERE kind = '{kind}' AND part = '' AND at > :as_of
    AND document IN (SELECT document FROM {kind}_touched) ORDER BY document, id
)"""
DOCUMENT = """{table}_then AS NOT MATERIALIZED (
  SELECT n.* FROM crm.{table} n
  WHERE NOT EXISTS (SELECT FROM {kind}_changed c WHERE c.document = n.id)
  UNION ALL
  SELECT w.* FROM {kind}_changed c
  CROSS JOIN LATERAL json_populate_record(NULL::crm.{table}, c.state) w
)"""
LINE = """{kind}_mentioned AS MATERIALIZED (
  SELECT DISTINCT ON (m.document, m.line) m.* FROM (
    SELECT d.document, d.id, (r ->> 'line')::integer AS line, r AS state, true AS was
    FROM hub.delta d CROSS JOIN LATERAL json_array_elements(d.before) r
    WHERE d.kind = '{kind}' AND d.part = 'lines' AND d.at > :as_of
      AND d.document IN (SELECT document FROM {kind}_touched)
    UNION ALL
    SELECT d.document, d.id, (r ->> 'line')::integer, r, false
    FROM hub.delta d CROSS JOIN LATERAL json_array_elements(d.after) r
    WHERE d.kind = '{kind}' AND d.part = 'lines' AND d.at > :as_of
      AND d.document IN (SELECT document FROM {kind}_touched)) m
  ORDER BY m.document, m.line, m.id, m.was DESC
),
{table}_then AS NOT MATERIALIZED (
  SELECT n.* FROM crm.{table} n WHERE NOT EXISTS (SELECT FROM {kind}_mentioned m
    WHERE m.document = n.{kind}_id AND m.line = n.line)
  UNION ALL
  SELECT w.* FROM {kind}_mentioned m LEFT JOIN {kind}_changed c ON c.document = m.document
  CROSS JOIN LATERAL json_populate_record(NULL::crm.{table}, m.state) w
  WHERE m.was OR c.entered
)"""


def as_then(body: str) -> str:
    """A statement that reads documents as they stood at `:as_of` instead of as they are now."""
    used = set(NAMED.findall(body))
    if not used:
        return body
    kinds = {LINES.get(table, table) for table in used}
    sets = [CHANGED.format(kind=kind) for kind in sorted(kinds)]
    for table in sorted(used):
        shape = LINE if table in LINES else DOCUMENT
        sets.append(shape.format(table=table, kind=LINES.get(table, table)))
    told, sets_told = NAMED.sub(r"\1_then", body), ",\n".join(sets)
    begun = BEGINNING.search(told)
    if begun is None:
        return f"WITH {sets_told}\n{told}"
    return f"{told[: begun.end()]}{sets_told},\n{told[begun.end() :]}"
