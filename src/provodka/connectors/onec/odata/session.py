"""One 1C session kept between requests (`IBSession`), so that a licence is taken once.

Without it every request starts a session and ends it. 1C answers 400 or 500 to
a session that it has dropped, and 406 when it has no licence to start one
(1C administrator guide, "Повторное использование сеансов").
"""

from __future__ import annotations

import re
from threading import Lock

from provodka.connectors.http import HttpAnswer

__all__ = ["Session"]

COOKIE = "ibsession"
SET_COOKIE = re.compile(rf"(?:^|[,;\s]){COOKIE}=([^;,\s]+)")
DOUBTFUL = frozenset({400, 500})


class Session:
    """The headers that start, carry and finish one session; safe for threads.

    A base that ignores the request to start one is remembered as unable, and
    then works without.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._cookie = ""
        self._lock = Lock()

    @property
    def supported(self) -> bool | None:
        """True with a session at hand, False where the base gives none, None before asking."""
        with self._lock:
            if self._cookie:
                return True
            return None if self._wanted else False

    def headers(self) -> dict[str, str]:
        """What to add to the next request."""
        with self._lock:
            if self._cookie:
                return {"Cookie": f"{COOKIE}={self._cookie}"}
            return {"IBSession": "start"} if self._wanted else {}

    def learn(self, answer: HttpAnswer, sent: dict[str, str]) -> bool:
        """Take in an answer; True when the session was dropped and a read may be repeated."""
        with self._lock:
            if "IBSession" in sent:
                self._started(answer)
                return False
            carried = sent.get("Cookie") == f"{COOKIE}={self._cookie}"
            if self._cookie and carried and answer.status in DOUBTFUL:
                self._cookie = ""
                return True
            return False

    def finish(self) -> dict[str, str]:
        """Headers of a last request that ends the session; empty when there is none."""
        with self._lock:
            cookie, self._cookie = self._cookie, ""
        return {"Cookie": f"{COOKIE}={cookie}", "IBSession": "finish"} if cookie else {}

    def _started(self, answer: HttpAnswer) -> None:
        cookie = _cookie(answer.headers.get("set-cookie", ""))
        if cookie:
            self._cookie = cookie
        elif answer.status < 300:
            self._wanted = False


def _cookie(header: str) -> str:
    found = SET_COOKIE.search(header)
    return found.group(1) if found else ""
