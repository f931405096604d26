"""Stages that deals of the past went through: journaled in order, with their own times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from statistics import fmean
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables.deals import deal, scenario, stage
from provodka.connectors.crm_store.tables.orders import history_name
from provodka.flows.history.landing import Landing, ambiguous, happened, remember
from provodka.flows.history.parties import people_of
from provodka.flows.history.rows import Row
from provodka.flows.history.values import folded
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["land_stages"]

DEAL, CLIENT, SCENARIO, STAGE, ENTERED, RESPONSIBLE, AMOUNT, OUTCOME = range(8)
UNNAMED = "history"
NOBODY = "Без клиента"
STATED = "history"
RECALL = text("""
    SELECT n.key, d.id, d.stage_entered_at AS at FROM hub.history_name n
    JOIN crm.deal d ON d.id = n.document
    WHERE n.kind = 'deal' AND n.key IN (SELECT jsonb_array_elements_text(:keys))
""").bindparams(bindparam("keys", type_=JSONB))
MOVE = text("""
    UPDATE crm.deal d SET scenario = t.scenario, stage = t.stage, stage_entered_at = t.at,
        responsible_id = coalesce(t.responsible, d.responsible_id),
        amount = coalesce(t.amount, d.amount)
    FROM (SELECT * FROM jsonb_to_recordset(:moves) AS m (
        id uuid, scenario text, stage text, at timestamptz, responsible uuid, amount numeric)) t
    WHERE d.id = t.id
""").bindparams(bindparam("moves", type_=JSONB))
COLUMNS = (
    "id", "title", "client_id", "scenario", "stage", "stage_entered_at", "responsible_id",
    "amount", "created_at",
)  # fmt: skip


@dataclass
class Book:
    """The stages of a scenario by code and by name, and the end that an outcome means."""

    codes: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def end(self, outcome: str | None, code: str) -> str | None:
        """The end to which a deal goes on from this stage, if it does."""
        if outcome not in ("won", "lost") or self.kinds[code] != "open":
            return None
        return next((one for one, kind in self.kinds.items() if kind == outcome), None)


def land_stages(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Write the deals and move them through their stages, a wave of first visits, then of second.

    A visit before one that is known already is set aside: what the journal tells comes in order.
    """
    names = landing.names
    names.clients.find(connection, {row.values[CLIENT] or NOBODY for row in rows})
    names.employees.find(connection, {row.values[RESPONSIBLE] for row in rows})
    fit = landing.sort(
        rows,
        happened(landing, ENTERED, "entered_at"),
        ambiguous(names.clients, CLIENT, "client"),
        ambiguous(names.employees, RESPONSIBLE, "responsible"),
    )
    books = _books(connection, fit)
    fit = [row for row in fit if _staged(landing, books, row)]
    names.clients.make(connection, people_of((row.values[CLIENT] or NOBODY, None) for row in fit))
    people = {row.values[RESPONSIBLE] for row in fit if row.values[RESPONSIBLE]}
    names.employees.make(
        connection, {folded(one): {"name": one, "role": "manager"} for one in people}
    )
    _play(connection, landing, books, fit)


def _staged(landing: Landing, books: dict[str, Book], row: Row) -> bool:
    book = books[row.values[SCENARIO] or UNNAMED]
    if folded(row.values[STAGE]) in book.codes:
        return True
    found = _("этапа «{stage}» нет в сценарии").format(stage=row.values[STAGE])
    landing.refuse(row, ("stage", found, ", ".join(book.kinds)))
    return False


def _books(connection: Connection, rows: Sequence[Row]) -> dict[str, Book]:
    """The scenarios named, by what the file calls them; one that nobody knows is made of it."""
    books: dict[str, Book] = {}
    for said in dict.fromkeys(row.values[SCENARIO] or UNNAMED for row in rows):
        code = connection.execute(
            text("SELECT code FROM crm.scenario WHERE code = :said OR lower(name) = lower(:said)"),
            {"said": said},
        ).scalar()
        own = [row for row in rows if (row.values[SCENARIO] or UNNAMED) == said]
        if code is None or _is_of_history(connection, code):
            _write_scenario(connection, code or said, said, own)
        books[said] = _book(connection, code or said)
    return books


def _is_of_history(connection: Connection, code: str) -> bool:
    version = text("SELECT version FROM crm.scenario WHERE code = :code")
    return connection.execute(version, {"code": code}).scalar() == STATED


def _write_scenario(connection: Connection, code: str, name: str, rows: Sequence[Row]) -> None:
    """The scenario as its deals show it: stages in the order in which deals come to them."""
    known = _book(connection, code)
    if not known.kinds:
        connection.execute(scenario.insert().values(code=code, name=name, version=STATED))
    places, ends = _order(rows)
    new = [one for one in places if folded(one) not in known.codes]
    kinds = {one: ends.get(one, "open") for one in new}
    for kind in sorted({row.values[OUTCOME] for row in rows} & {"won", "lost"}):
        if kind not in (*known.kinds.values(), *kinds.values()):
            kinds[kind] = kind
    rank = len(known.kinds)
    written = [(code, one, one, rank + at, kinds[one]) for at, one in enumerate(kinds, start=1)]
    append(connection, stage, ("scenario", "code", "name", "rank", "kind"), written)


def _order(rows: Sequence[Row]) -> tuple[list[str], dict[str, str]]:
    """Stages by how far along a deal meets them on average; those at which all deals end."""
    places: dict[str, list[float]] = defaultdict(list)
    ends: dict[str, set[str | None]] = defaultdict(set)
    last: dict[str, bool] = defaultdict(lambda: True)
    for visits in _by_deal(rows).values():
        for at, row in enumerate(visits):
            name = row.values[STAGE]
            places[name].append(at / len(visits))
            ends[name].add(row.values[OUTCOME])
            last[name] = last[name] and at == len(visits) - 1
    ordered = sorted(places, key=lambda one: (fmean(places[one]), one))
    sure = {
        name: next(iter(said))
        for name, said in ends.items()
        if last[name] and len(said) == 1 and said <= {"won", "lost"}
    }
    return ordered, {name: kind for name, kind in sure.items() if kind}


def _book(connection: Connection, code: str) -> Book:
    book = Book()
    rows = connection.execute(
        text("SELECT code, name, kind FROM crm.stage WHERE scenario = :code ORDER BY rank, code"),
        {"code": code},
    )
    for row in rows:
        book.codes |= {folded(row.name): row.code, folded(row.code): row.code}
        book.kinds[row.code] = row.kind
    return book


def _by_deal(rows: Sequence[Row]) -> dict[str, list[Row]]:
    visits: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: (one.values[ENTERED], one.number)):
        visits[folded(row.values[DEAL])].append(row)
    return visits


def _play(
    connection: Connection, landing: Landing, books: dict[str, Book], rows: Sequence[Row]
) -> None:
    visits = _by_deal(rows)
    found = connection.execute(RECALL, {"keys": sorted(visits)})
    known = {row.key: (row.id, row.at) for row in found}
    codes = {said: _code_of(connection, said) for said in books}
    new, paths, made = [], [], []
    for key, all_visits in visits.items():
        id, until = known.get(key, (uuid7(), None))
        own = _after(landing, all_visits, until)
        steps = [_step(landing, books, codes, row, id) for row in own]
        steps += _end(books, own[-1], steps[-1]) if own else []
        if key not in known and own:
            new.append((key, _deal(landing, own[0], steps[0], id)))
            steps = steps[1:]
        paths.append(steps)
        made += [(row, id) for row in own]
    append(connection, deal, COLUMNS, [one for _key, one in new])
    named = [("deal", key, one[0]) for key, one in new]
    append(connection, history_name, ("kind", "key", "document"), named)
    for wave in zip_longest(*paths):
        connection.execute(MOVE, {"moves": [step for step in wave if step]})
    remember(connection, landing.reading.kind.name, made)
    landing.done(row for row, _id in made)


def _code_of(connection: Connection, said: str) -> str:
    code = text("SELECT code FROM crm.scenario WHERE code = :said OR lower(name) = lower(:said)")
    return str(connection.execute(code, {"said": said}).scalar_one())


def _after(landing: Landing, rows: Sequence[Row], until: datetime | None) -> list[Row]:
    fit = []
    for row in rows:
        if until is not None and row.values[ENTERED] < until:
            said = _("раньше этапа, который уже загружен"), _("продолжение истории сделки")
            landing.refuse(row, ("entered_at", *said))
        else:
            fit.append(row)
    return fit


def _step(
    landing: Landing, books: dict[str, Book], codes: dict[str, str], row: Row, id: UUID
) -> dict[str, Any]:
    said = row.values
    name = said[SCENARIO] or UNNAMED
    return {
        "id": str(id),
        "scenario": codes[name],
        "stage": books[name].codes[folded(said[STAGE])],
        "at": said[ENTERED].isoformat(),
        "responsible": _text(landing.names.employees.id(said[RESPONSIBLE])),
        "amount": said[AMOUNT],
    }


def _end(books: dict[str, Book], last: Row, step: dict[str, Any]) -> list[dict[str, Any]]:
    """The end that the last visit went on to: many programs repeat it in every row."""
    book = books[last.values[SCENARIO] or UNNAMED]
    end = book.end(last.values[OUTCOME], step["stage"])
    return [{**step, "stage": end}] if end else []


def _deal(landing: Landing, row: Row, step: dict[str, Any], id: UUID) -> tuple[Any, ...]:
    said = row.values
    return (
        id,
        said[DEAL],
        landing.names.clients.id(said[CLIENT] or NOBODY),
        step["scenario"],
        step["stage"],
        said[ENTERED],
        landing.names.employees.id(said[RESPONSIBLE]),
        said[AMOUNT] if said[AMOUNT] is not None else 0,
        said[ENTERED],
    )


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
