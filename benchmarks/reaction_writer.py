"""A process that commits changes at an even pace, and says when each was committed.

`python -m benchmarks.reaction_writer ADDRESS SECONDS PER_SECOND FILE`; the file gets, as JSON, the
key of each proposal that rules react to and the Unix time when its commit had been confirmed,
and the pace that was kept.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

A_TRANSACTION = 5
EVERY = 10
LARGE, SMALL = 100_001, 100
PLACE = """
INSERT INTO crm.proposal (deal_id, client_id, amount, posted)
SELECT d.id, d.client_id, a.amount, true
FROM unnest(%s::uuid[], %s::numeric[]) AS a (deal, amount) JOIN crm.deal d ON d.id = a.deal
RETURNING id, amount
"""


def main() -> None:
    """Write for so many seconds, and report at the end."""
    address, seconds, per_second = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    file = Path(sys.argv[4])
    committed: dict[str, float] = {}
    late = 0.0
    with psycopg.connect(address) as connection:
        deals = [row[0] for row in connection.execute("SELECT id FROM crm.deal ORDER BY id")]
        began, number = time.monotonic(), 0
        while number < seconds * per_second:
            late = max(late, _wait_until(began + number / per_second))
            rows = [_one(deals, number + turn) for turn in range(A_TRANSACTION)]
            given = [list(column) for column in zip(*rows, strict=True)]
            found = connection.execute(PLACE, given).fetchall()
            connection.commit()
            at = time.time()
            committed |= {str(key): at for key, amount in found if amount == LARGE}
            number += A_TRANSACTION
        took = time.monotonic() - began
    figures = {"committed": committed, "per_second": number / took, "late": late}
    file.write_text(json.dumps(figures), encoding="utf-8")


def _wait_until(moment: float) -> float:
    """Sleep until a moment of the monotonic clock; by how much it had passed already."""
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)
    return max(0.0, -left)


def _one(deals: list[Any], number: int) -> tuple[Any, int]:
    return deals[number % len(deals)], SMALL if number % EVERY else LARGE


if __name__ == "__main__":
    main()
