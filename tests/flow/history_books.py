"""A store of its own for a module that imports a lot and then only reads."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Engine, make_url, text

from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.history.importing import Imported, import_history, kind_named

DATA = Path(__file__).parents[1] / "data" / "history"
MOSCOW = ZoneInfo("Europe/Moscow")
numbers = itertools.count()


@contextmanager
def own_store(server: str, template: str) -> Iterator[Engine]:
    """A migrated database that lives as long as the block."""
    name = f"provodka_history_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    engine = open_engine(
        make_url(server).set(database=name).render_as_string(hide_password=False), name="test"
    )
    try:
        yield engine
    finally:
        engine.dispose()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def write(path: Path, header: str, rows: Sequence[Sequence[Any]]) -> Path:
    """A file with a semicolon between cells."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header.split())
        writer.writerows(rows)
    return path


def cdnow() -> list[tuple[str, str, int, str]]:
    """Client, day as YYYYMMDD, how many CDs, for how much: real purchases of 18 months."""
    lines = (DATA / "cdnow_sample.txt").read_text(encoding="ascii").splitlines()
    parts = (line.split() for line in lines)
    return [(f"Client {one[1]}", one[2], int(one[3]), one[4]) for one in parts]


def cdnow_file(folder: Path, rows: Sequence[tuple[str, str, int, str]] | None = None) -> Path:
    """The purchases as orders, in the columns of the contract."""
    header = "client client_kind ordered_at completed_at item item_kind quantity amount"
    found = cdnow() if rows is None else rows
    lines = [(who, "ФЛ", on, on, "CD", "disc", count, sum) for who, on, count, sum in found]
    return write(folder / "cdnow.csv", header, lines)


def load(engine: Engine, kind: str, path: Path, **options: Any) -> Imported:
    """Take a file in."""
    return import_history(engine, kind_named(kind), path, MOSCOW, **options)


def count(engine: Engine, table: str, where: str = "true") -> int:
    """How many rows a table has."""
    with engine.connect() as connection:
        query = text(f"SELECT count(*) FROM {table} WHERE {where}")
        return int(connection.execute(query).scalar_one())


def rows(engine: Engine, query: str, **given: Any) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), given)]
