"""How the exchange behaves just now; remembered between restarts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from provodka.sandbox.soap.xdto import VERSIONS
from provodka.sandbox.storage.database import Database

_NAME = "enterprise_data"


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """`job_seconds` until a job is carried out, `job_polls` answers "Active" after that.

    `versions` of the format that the base speaks; `refusal` is why it cannot synchronise now
    ("" = it can), as TestConnection tells it.
    """

    job_seconds: float = 0.0
    job_polls: int = 1
    versions: list[str] = field(default_factory=lambda: list(VERSIONS))
    refusal: str = ""


class SettingsBoard:
    """Reads and changes the settings of one sandbox's exchange."""

    def __init__(self, database: Database) -> None:
        self._database = database
        known = {item.name for item in fields(ExchangeSettings)}
        stored = database.setting(_NAME, {})
        self.now = ExchangeSettings(**{k: v for k, v in stored.items() if k in known})

    def change(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Set some settings and give all of them; `ValueError` for a wrong one."""
        unknown = set(values.get("versions", ())) - set(VERSIONS)
        if unknown or not values.get("versions", VERSIONS):
            raise ValueError(f"versions must be some of {', '.join(VERSIONS)}")
        try:
            self.now = replace(self.now, **values)
        except TypeError as error:
            raise ValueError(str(error)) from None
        self._database.remember(_NAME, asdict(self.now))
        return asdict(self.now)

    def listed(self) -> dict[str, Any]:
        """All settings and their values."""
        return asdict(self.now)
