"""A file of the past into the store, page by page: what is there already is not taken again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import journal, locks
from provodka.connectors.crm_store.tables.orders import history_file
from provodka.flows.ahead import one_ahead
from provodka.flows.garbage import rarely_collected
from provodka.flows.history import ORIGIN
from provodka.flows.history.aside import heal_mended, keep_aside
from provodka.flows.history.files import RowFile, open_rows
from provodka.flows.history.kinds import KINDS, Kind
from provodka.flows.history.landing import Land, Landing, unseen
from provodka.flows.history.rows import Layout, Misfit, Reading, Row, find_layout
from provodka.flows.work import Rehearsal, Work
from provodka.foundation.errors import ConfigurationError, SystemUnavailable
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["Imported", "import_history", "kind_named", "preview_history"]

PAGE = 20_000
FIRST = 5
"""So many rows are kept to be shown."""
LANDS = {
    "clients": ("parties", "land_clients"),
    "products": ("parties", "land_products"),
    "orders": ("orders", "land_orders"),
    "stage-history": ("stages", "land_stages"),
    "calls": ("calls", "land_calls"),
    "plans": ("plans", "land_plans"),
    "deliveries": ("deliveries", "land_deliveries"),
}
WHOLE = frozenset({"stage-history"})
"""Kinds whose rows mean something only together: one page, one transaction."""


@dataclass
class Imported:
    """What became of a file: counts `read`, `created`, `same`, `set_aside`, and what was made.

    `created` are numbers of rows, `first` the first of those rows as they were understood,
    `misfits` the rows that were set aside. `resumed` is the row from which an interrupted import
    went on.
    """

    kind: Kind
    file: RowFile
    layout: Layout
    zone: ZoneInfo
    counts: Counter[str] = field(default_factory=Counter)
    created: list[int] = field(default_factory=list)
    first: list[Row] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    resumed: int = 0


def kind_named(name: str) -> Kind:
    """A kind of history. Raises `ConfigurationError` for one that there is not."""
    if name not in KINDS:
        raise ConfigurationError(
            _("Вид загрузки «{name}»").format(name=name),
            found=_("такого нет"),
            expected=nearest(name, list(KINDS)),
            next_step=_("назовите один из видов: {kinds}").format(kinds=", ".join(KINDS)),
            code="unknown_kind",
        )
    return KINDS[name]


def preview_history(engine: Engine, kind: Kind, path: Path, zone: ZoneInfo) -> Imported:
    """Do all that an import would do, by the same code, and undo it."""
    with Rehearsal.on(engine) as rehearsal:
        return _run(rehearsal, kind, path, zone, PAGE)


def import_history(
    engine: Engine, kind: Kind, path: Path, zone: ZoneInfo, *, page: int = PAGE
) -> Imported:
    """Take a file in; `zone` is that of times without one.

    A page is a transaction: an import that was killed goes on behind its last page. A file that
    was read to its end before is looked through again, for rows that could not be taken then.
    Raises `ConfigurationError` where columns are missing, `Misunderstood` where the file cannot
    be cut into rows, `SystemUnavailable` while another import runs.
    """
    with _alone(engine, kind):
        return _run(engine, kind, path, zone, page)


def _run(work: Work, kind: Kind, path: Path, zone: ZoneInfo, page: int) -> Imported:
    file = open_rows(path)
    layout = find_layout(file, kind)
    reading = Reading(file, kind, layout, zone)
    done = Imported(kind, file, layout, zone)
    with work.begin() as connection:
        landing = Landing(reading, connection.execute(text("SELECT now()")).scalar_one())
        done.resumed = _begin(connection, done)
    with rarely_collected():
        for rows in one_ahead(_pages(reading, page, done.resumed)):
            with work.begin() as connection:
                journal.attribute(connection, ORIGIN)
                _take(connection, landing, done, rows)
    with work.begin() as connection:
        heal_mended(connection, reading, done.misfits, after=done.resumed)
        _end(connection, done)
    return done


def _pages(reading: Reading, size: int, after: int) -> Iterator[list[Row | Misfit]]:
    """Rows behind those that an interrupted import has passed, some at a time."""
    page: list[Row | Misfit] = []
    for row in reading.rows():
        if row.number <= after:
            continue
        page.append(row)
        if len(page) >= size and reading.kind.name not in WHOLE:
            yield page
            page = []
    if page:
        yield page


def _take(
    connection: Connection, landing: Landing, done: Imported, page: list[Row | Misfit]
) -> None:
    kind = done.kind.name
    landing.created, landing.misfits = [], [one for one in page if isinstance(one, Misfit)]
    rows = [one for one in page if isinstance(one, Row)]
    new = unseen(connection, kind, rows)
    made = Counter(landing.names.made)
    if new:
        _land(kind)(connection, landing, new)
    keep_aside(connection, landing.reading, landing.misfits)
    counts = Counter(
        read=len(page),
        created=len(landing.created),
        same=len(rows) - len(new),
        set_aside=len(landing.misfits),
    )
    done.counts += counts + (Counter(landing.names.made) - made)
    made_of = set(landing.created[:FIRST])
    done.first += [row for row in new if row.number in made_of][: FIRST - len(done.first)]
    done.created += landing.created
    done.misfits += landing.misfits
    _pass(connection, done, counts, page[-1].number)


def _land(kind: str) -> Land:
    module, function = LANDS[kind]
    land: Land = getattr(import_module(f"provodka.flows.history.{module}"), function)
    return land


def _begin(connection: Connection, done: Imported) -> int:
    """Note the file; the row behind which to go on, 0 for a new or a finished one."""
    values = {
        "kind": done.kind.name,
        "digest": done.file.digest,
        "name": done.file.path.name,
        **dict.fromkeys(("done", "created", "same", "set_aside"), 0),
    }
    connection.execute(insert(history_file).values(values).on_conflict_do_nothing())
    row = connection.execute(history_file.select().where(_this(done))).one()
    return 0 if row.finished_at else int(row.done)


def _pass(connection: Connection, done: Imported, counts: Counter[str], number: int) -> None:
    c = history_file.c
    connection.execute(
        history_file.update()
        .where(_this(done), c.finished_at.is_(None))
        .values(
            done=number,
            created=c.created + counts["created"],
            same=c.same + counts["same"],
            set_aside=c.set_aside + counts["set_aside"],
        )
    )


def _end(connection: Connection, done: Imported) -> None:
    unfinished = history_file.c.finished_at.is_(None)
    connection.execute(
        history_file.update().where(_this(done), unfinished).values(finished_at=text("now()"))
    )


def _this(done: Imported) -> Any:
    return (history_file.c.kind == done.kind.name) & (history_file.c.digest == done.file.digest)


@contextmanager
def _alone(engine: Engine, kind: Kind) -> Iterator[None]:
    with locks.alone(engine, "history") as got:
        if not got:
            raise SystemUnavailable(
                _("Загрузка прошлого «{kind}»").format(kind=kind.name),
                found=_("уже идет другая загрузка"),
                expected=_("одну загрузку за раз"),
                next_step=_("дождитесь ее конца и повторите"),
                code="busy",
            )
        yield
