"""The exchange itself: makes calls happen and keeps the log, with its accidents."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from provodka.sandbox.company.parties import parties
from provodka.sandbox.pbx.scenes import EXTENSIONS, RING_TIMEOUT, SCENES, Call, Ids
from provodka.sandbox.storage.database import Database


class Exchange:
    """Appends calls to `path`; `clock` gives the local time as an ISO string without a zone."""

    def __init__(
        self,
        path: Path,
        database: Database,
        seed: int,
        clock: Callable[[], str],
        zone: ZoneInfo,
    ) -> None:
        self.path = path
        self._database = database
        self._clock = clock
        self._zone = zone
        self._random = random.Random(f"{seed}/calls/{database.setting('pbx_unique', 0)}")
        self._phones = [party.phone for party in parties(seed)]
        self._ids = Ids(
            int(database.setting("pbx_unique", 0)), int(database.setting("pbx_sequence", 0))
        )
        self._half = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def call(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call happen; every wish is optional, `ValueError` for an impossible one.

        `kind` (a key of `SCENES`), `phone` (digits), `stranger` (true = not a client),
        `extension`, `at` (ISO start, without an offset in our zone), `wait` and `talk` (seconds),
        `half` (true = the last line stays half-written until the next call or `finish_line`).
        """
        kind = str(wish.get("kind") or self._random.choice(list(SCENES)))
        if kind not in SCENES:
            raise ValueError(f"kind must be one of {', '.join(SCENES)}")
        call = self._imagine(kind, wish)
        rows = SCENES[kind](call, self._ids)
        text = "".join(row.line() for row in rows)
        self._write(text, half=bool(wish.get("half")))
        self._remember()
        return {
            "kind": kind,
            "phone": call.phone,
            "extension": call.extension,
            "start": call.start.isoformat(),
            "talk": call.talk,
            "linkedid": rows[0].linkedid,
            "rows": len(rows),
        }

    def finish_line(self) -> None:
        """Write the rest of a half-written line."""
        self._write("", half=False)

    def rotate(self) -> None:
        """`Master.csv` becomes `Master.csv.1`, older files move on; a new log begins."""
        self.finish_line()
        older = sorted(self.path.parent.glob(f"{self.path.name}.*"), key=_age, reverse=True)
        for path in older:
            path.rename(path.with_name(f"{self.path.name}.{_age(path) + 1}"))
        self.path.rename(self.path.with_name(f"{self.path.name}.1"))
        self.path.touch()

    def restart(self) -> None:
        """Asterisk starts anew: row and channel numbers begin from the start."""
        self._ids = Ids(0, -1)
        self._remember()

    def _imagine(self, kind: str, wish: Mapping[str, Any]) -> Call:
        choice = self._random
        wait = RING_TIMEOUT if kind == "missed" else choice.randint(3, 20)
        wait = int(wish.get("wait", wait))
        talk = int(wish.get("talk", choice.randint(15, 420)))
        now = datetime.fromisoformat(self._clock()).replace(tzinfo=self._zone)
        start = now - timedelta(seconds=wait + talk)
        if wish.get("at"):
            start = _aware(str(wish["at"]), self._zone)
        extension = str(wish.get("extension") or choice.choice(EXTENSIONS))
        return Call(self._phone(wish), extension, start.replace(microsecond=0), wait, talk)

    def _phone(self, wish: Mapping[str, Any]) -> str:
        if wish.get("phone"):
            return "".join(filter(str.isdigit, str(wish["phone"])))
        stranger = wish.get("stranger", self._random.random() < 0.2)
        number = self._random.randint(0, 9999)
        return f"7900999{number:04}" if stranger else self._random.choice(self._phones)

    def _write(self, text: str, *, half: bool) -> None:
        whole, self._half = self._half + text, ""
        if half:
            cut = len(whole) - len(whole.splitlines()[-1]) // 2 - 1
            whole, self._half = whole[:cut], whole[cut:]
        with self.path.open("a", encoding="utf-8") as log:
            log.write(whole)

    def _remember(self) -> None:
        self._database.remember("pbx_unique", self._ids.unique)
        self._database.remember("pbx_sequence", self._ids.sequence)


def _aware(text: str, zone: ZoneInfo) -> datetime:
    given = datetime.fromisoformat(text)
    return given.astimezone(zone) if given.tzinfo else given.replace(tzinfo=zone)


def _age(path: Path) -> int:
    return int(path.suffix.lstrip("."))
