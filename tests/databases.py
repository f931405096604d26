"""Databases of tests: each a copy of one that is ready, which costs a twentieth of making it."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

__all__ = ["copied", "create", "drop", "room_for_server"]

MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH = 2 << 30

counter = itertools.count()


def room_for_server() -> Path:
    """A new folder for a server's data: in memory where there is plenty, else on the disk.

    A database is nine hundred files, and a file system on a disk takes a second to make them
    when several test processes do so at once.
    """
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return Path(tempfile.mkdtemp(prefix="provodka-pg-", dir=MEMORY if roomy else None))


@contextmanager
def copied(server: str, template: str) -> Iterator[str]:
    """The address of a database that is a copy of another while the block lasts."""
    name = f"provodka_test_{os.getpid()}_{next(counter)}"
    yield create(server, name, template)
    drop(server, name)


def create(server: str, name: str, template: str = "template0") -> str:
    """Make a database as a copy of another; its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        # Without fsync twice as fast as writing each page to the log as well.
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop(server: str, name: str) -> None:
    """Remove a database, whoever is still in it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
