"""Arrivals into the store while a web server runs: many at once in one transaction.

Whoever waits for an arrival to be kept is told after its commit. Requests that come while a
transaction is under way go together in the next one, so that the store commits once for all.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import structlog

from provodka.connectors.crm_store.engine import dump_json_each
from provodka.connectors.crm_store.inbox import CHANNEL, Arrival
from provodka.connectors.crm_store.troubles import store_trouble
from provodka.foundation.errors import ProvodkaError, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["PAUSE_SECONDS", "InboxWriter"]

log = structlog.get_logger("provodka.web")
MOST_AT_ONCE = 500
MOST_WAITING = 10_000
PAUSE_SECONDS = 1.0
CONNECT_SECONDS = 5
KEEP = """
    INSERT INTO hub.inbox AS kept (door, system, identity, likeness, verdict, method, path,
        query, headers, body, received_at, state, repeats)
    SELECT door, system, identity, likeness, verdict, method, path, query::jsonb, headers::jsonb,
        body, received_at, state, repeats
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::text[], %b::bytea[], %s::timestamptz[], %s::text[], %s::int[])
        AS came (door, system, identity, likeness, verdict, method, path, query, headers, body,
                 received_at, state, repeats)
    ON CONFLICT (door, system, identity) DO UPDATE SET repeats = kept.repeats + excluded.repeats + 1
"""
REFUSE = """
    INSERT INTO hub.inbox_refusal AS known (date, door, system, reason, count, last_at)
    VALUES ((%(at)s AT TIME ZONE 'UTC')::date, %(door)s, %(system)s, %(reason)s, %(count)s, %(at)s)
    ON CONFLICT (date, door, system, reason)
    DO UPDATE SET count = known.count + excluded.count, last_at = excluded.last_at
"""
Refused = tuple[str, str, str]
"""Door, system and reason."""


@dataclass(slots=True)
class _Waiting:
    """An arrival, and whoever waits for its commit."""

    arrival: Arrival
    kept: asyncio.Future[None] | None = None


class InboxWriter:
    """Keeps arrivals over one connection of its own; belongs to one event loop.

    `pause` is how many seconds counts of refusals may wait, and a store that is away is left.
    """

    def __init__(
        self, url: str, *, most_waiting: int = MOST_WAITING, pause: float = PAUSE_SECONDS
    ) -> None:
        self._pause = pause
        self._url = url
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(most_waiting)
        self._later: deque[_Waiting] = deque(maxlen=most_waiting)
        self._refused: Counter[Refused] = Counter()
        self._connection: psycopg.AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write; called inside the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work(), name="inbox-writer")

    async def stop(self) -> None:
        """Write what is left, if the store is there, and end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(ProvodkaError):
            await self._write(self._gathered())
        await self._part()

    async def keep(self, arrival: Arrival) -> None:
        """Return when the arrival is committed, or was there already.

        Raises `SystemUnavailable` if the store is away or has too much to do.
        """
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(_Waiting(arrival, kept))
        except asyncio.QueueFull:
            raise _busy() from None
        await kept

    def keep_soon(self, arrival: Arrival) -> None:
        """Keep an arrival when there is time; while the store is away, only the latest of them."""
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(_Waiting(arrival))

    def refuse(self, door: str, system: str, reason: str) -> None:
        """Count a refused request; written within a second or so."""
        self._refused[(door, system, reason)] += 1

    async def _work(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    first = await self._queue.get()
                    self._later.append(first)
            batch = self._gathered()
            if batch or self._refused:
                await self._try(batch)

    def _gathered(self) -> list[_Waiting]:
        batch = list(self._later)[:MOST_AT_ONCE]
        for _one in batch:
            self._later.popleft()
        while len(batch) < MOST_AT_ONCE and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    async def _try(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._write(batch)
        except ProvodkaError as error:
            log.warning("inbox_not_written", code=error.code, waiting=len(batch))
            await self._part()
            _tell(batch, error)
            self._later.extend(one for one in batch if one.kept is None)
            await asyncio.sleep(self._pause if self._later else 0)
        else:
            _tell(batch, None)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        refused, self._refused = self._refused, Counter()
        try:
            connection = await self._connected()
            async with connection.transaction():
                if batch:
                    await connection.execute(KEEP, _columns([one.arrival for one in batch]))
                    await connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])
                await _count(connection, refused)
        except (psycopg.Error, OSError) as error:
            self._refused.update(refused)
            raise store_trouble(error) or _broken(error) from error

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                application_name="provodka-web",
                connect_timeout=CONNECT_SECONDS,
            )
        return self._connection

    async def _part(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _columns(arrivals: Sequence[Arrival]) -> list[list[object]]:
    """The columns of `KEEP`; of the same event twice only the first, with the repeats counted."""
    repeats: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], Arrival] = {}
    for one in arrivals:
        key = (one.door, one.system, one.identity)
        repeats[key] += key in first
        first.setdefault(key, one)
    kept = list(first.values())
    return [
        [one.door for one in kept],
        [one.system for one in kept],
        [one.identity for one in kept],
        [one.likeness for one in kept],
        [one.verdict for one in kept],
        [one.method for one in kept],
        [one.path for one in kept],
        list(dump_json_each([dict(one.query) for one in kept])),
        list(dump_json_each([dict(one.headers) for one in kept])),
        [one.body for one in kept],
        [one.received_at for one in kept],
        [one.state for one in kept],
        [repeats[key] for key in first],
    ]


async def _count(connection: psycopg.AsyncConnection, refused: Counter[Refused]) -> None:
    at = datetime.now(UTC)
    for (door, system, reason), count in refused.items():
        told = {"door": door, "system": system, "reason": reason, "count": count, "at": at}
        await connection.execute(REFUSE, told)


def _tell(batch: Sequence[_Waiting], trouble: ProvodkaError | None) -> None:
    for one in batch:
        if one.kept is None or one.kept.done():
            continue
        if trouble is None:
            one.kept.set_result(None)
        else:
            one.kept.set_exception(trouble)


def _busy() -> SystemUnavailable:
    return SystemUnavailable(
        _("База хаба"),
        found=_("не успевает записывать принятое"),
        next_step=_("отправитель повторит запрос"),
        code="inbox_full",
    )


def _broken(error: Exception) -> SystemUnavailable:
    return SystemUnavailable(
        _("База хаба"),
        found=_("не записала принятое: {kind}").format(kind=type(error).__name__),
        next_step=_("посмотрите журнал PostgreSQL"),
        code="inbox_broken",
    )
