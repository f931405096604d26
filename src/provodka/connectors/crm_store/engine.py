"""Connections to the store: exact JSON numbers, UTC sessions, one place that opens them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

import msgspec
import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url

__all__ = ["driver_of", "dump_json", "dump_json_each", "load_json", "open_engine"]

PLAIN: Mapping[str, str] = MappingProxyType({})
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def dump_json(value: Any) -> str:
    """JSON text with decimals as exact numbers, UUIDs and times as strings.

    NUL characters are left out: PostgreSQL keeps them neither in texts nor in JSON.
    """
    return _without_nul(_encoder.encode(value).decode())


def dump_json_each(values: Sequence[Any]) -> list[str]:
    """`dump_json` of each value, several times faster than one by one."""
    # JSON has no line ends of its own.
    return _without_nul(_encoder.encode_lines(values).decode()).split("\n")[:-1]


def _without_nul(text: str) -> str:
    return NUL.sub(r"\1", text) if r"\u0000" in text else text


def load_json(text: str | bytes) -> Any:
    """JSON to Python; every number with a point is a `Decimal`."""
    return _decoder.decode(text)


def open_engine(
    url: str, *, name: str = "provodka", pool_size: int = 5, settings: Mapping[str, str] = PLAIN
) -> Engine:
    """An engine for a `postgresql://…` address; `name` is what `pg_stat_activity` shows.

    `settings` are PostgreSQL's own, for its sessions.
    """
    options = " ".join(
        f"-c {key}={value}" for key, value in {**settings, "timezone": "UTC"}.items()
    )
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address,
        json_serializer=dump_json,
        json_deserializer=load_json,
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={"application_name": name, "options": options},
    )


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection under a SQLAlchemy one, for COPY and scripts; same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
