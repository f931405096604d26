"""Lasting traits of the base, for it stands behind different servers and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from provodka.sandbox.storage.database import Database

TRADE_REGISTERS = (
    "AccumulationRegister_ТоварыНаСкладах",
    "AccumulationRegister_РасчетыСПокупателями",
)
"""Registers of balances: posting moves them, but an accounting base has no such sets to show."""


@dataclass(frozen=True, slots=True)
class Switches:
    """Remembered between restarts.

    `iis`: query strings over 2,048 characters get a bare 404, segments of the path over 260 a
    bare 400. `if_match`: versions in If-Match are honoured. `closed_before`: documents dated
    before this ISO date refuse to change. `comment_length`: the longest Комментарий (None =
    unlimited). `compare_unlimited`: strings of unlimited length may be compared, which live bases
    refuse. `licences`: most sessions at a time. `idle_seconds`, `slow_first_seconds`: the first
    request after an idle time is slow. `restricted`: sets that need `allowedOnly=true`.
    `unpublished`: sets that are not to be seen. `exchange_plan`: the base has a plan for readers.
    `file_mode`: one request at a time, each `file_seconds` longer per request in the house.
    `heaviest_page`: reads of more bytes fill the server's disk. `too_wide`: sets that cannot be
    read without `$select`. `unpost_denied`: the user may not take postings back.
    """

    iis: bool = False
    if_match: bool = False
    closed_before: str = ""
    comment_length: int | None = None
    compare_unlimited: bool = False
    licences: int | None = None
    idle_seconds: float = 300.0
    slow_first_seconds: float = 0.0
    restricted: list[str] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)
    exchange_plan: bool = True
    file_mode: bool = False
    file_seconds: float = 0.0
    heaviest_page: int | None = None
    too_wide: list[str] = field(default_factory=list)
    unpost_denied: bool = False


class SwitchBoard:
    """Reads and changes the switches of one sandbox; `first` is how a new one has them."""

    def __init__(self, database: Database, first: Mapping[str, Any]) -> None:
        self._database = database
        known = {item.name for item in fields(Switches)}
        stored = database.setting("switches", first)
        self.now = Switches(**{name: value for name, value in stored.items() if name in known})

    def change(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Set some switches; `ValueError` for an unknown one. Returns all of them."""
        try:
            self.now = replace(self.now, **values)
        except TypeError as error:
            raise ValueError(str(error)) from None
        self._database.remember("switches", asdict(self.now))
        return asdict(self.now)

    def listed(self) -> dict[str, Any]:
        """All switches and their values."""
        return asdict(self.now)
