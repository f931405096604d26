"""How much waits for a person, of each sort; counted no further than a person would."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, text

__all__ = ["LIKELY", "MOST", "Waiting", "waiting"]

MOST = 1_000
"""Beyond this nobody counts: it is told as «more than»."""
LIKELY = 50
"""From how many points on two clients are shown as one, of 100."""
COUNTS = text("""
    SELECT
      (SELECT count(*) FROM (SELECT FROM hub.quarantine WHERE state <> 'healed' LIMIT :most) q)
        AS aside,
      (SELECT count(*) FROM (SELECT FROM hub.conflict WHERE resolved_at IS NULL LIMIT :most) c)
        AS conflicts,
      (SELECT count(*) FROM (SELECT FROM hub.parked LIMIT :most) p) AS parked,
      (SELECT count(*) FROM (SELECT FROM hub.outbox WHERE state = 'dead' LIMIT :most) o) AS refused,
      (SELECT count(*) FROM report.catalog WHERE NOT trusted AND why_not <> '') AS reports,
      (SELECT count(*) FROM hub.rule_health WHERE disabled_at IS NOT NULL) AS rules,
      (SELECT count(*) FROM (SELECT FROM hub.duplicate WHERE score >= :likely LIMIT :most) d)
        AS duplicates,
      (SELECT count(*) FROM (SELECT FROM crm.message WHERE needs_person AND deleted_at IS NULL
        LIMIT :most) m) AS letters
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts up to `MOST + 1`: set aside, in conflict, waiting for a parent, refused outside,
    reports that do not balance, rules switched off, clients that may be one, letters of nobody.
    """

    aside: int = 0
    conflicts: int = 0
    parked: int = 0
    refused: int = 0
    reports: int = 0
    rules: int = 0
    duplicates: int = 0
    letters: int = 0

    @property
    def urgent(self) -> int:
        """What stands still until somebody decides; the parked ones wait for documents."""
        return sum(getattr(self, one.name) for one in fields(self) if one.name != "parked")


def waiting(connection: Connection) -> Waiting:
    """Ask the store, by its indexes."""
    row = connection.execute(COUNTS, {"most": MOST + 1, "likely": LIKELY}).one()
    return Waiting(**row._mapping)
