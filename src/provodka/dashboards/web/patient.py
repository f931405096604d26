"""HTTP that does not wait for ever: a request comes whole within its time, or not at all.

uvicorn waits without end for the rest of a request that has begun, and for a first byte. A few
hundred clients that send a byte now and then would hold every place there is.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["patient"]

COMING = frozenset({"IDLE", "SEND_BODY"})
"""States of h11 in which the rest of a request is awaited."""


def patient(seconds: float) -> type[H11Protocol]:
    """The protocol for `uvicorn.Config(http=…)` that gives a request so many seconds to come."""

    class Patient(H11Protocol):
        """Closes a connection whose request takes too long to come."""

        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Begin to wait for the first request."""
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            """Take a part of a request; wait on only if it is not whole."""
            super().data_received(data)
            if self.conn.their_state.__name__ in COMING and not self.transport.is_closing():
                self._wait()
            else:
                self._stop_waiting()

        def connection_lost(self, exc: Exception | None) -> None:
            """Nothing more will come."""
            self._stop_waiting()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self._too_slow)

        def _stop_waiting(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _too_slow(self) -> None:
            self._deadline = None
            self.transport.abort()

    return Patient
