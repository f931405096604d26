"""How one base is reached over its web services, and how much is taken from it at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Limits", "SoapSettings", "Waiting"]

MEGABYTE = 1024 * 1024
LARGEST_PART_KB = 7000
"""In base64 just under the 10 million characters that libxml2 takes in one element."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a job of the base is awaited: seconds between questions, and in all."""

    first: float = 1.0
    growth: float = 1.5
    longest: float = 30.0
    deadline: float = 1800.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest message that is taken: bytes packed, bytes unpacked, and their ratio."""

    packed: int = 256 * MEGABYTE
    xml: int = 4096 * MEGABYTE
    ratio: int = 200


@dataclass(frozen=True, slots=True)
class SoapSettings:
    """One base and one correspondent in its exchange plan.

    `base` is the same as for OData: address, login, timeouts, limits, certificate.
    `peer_code` is the code of the hub's node in `exchange_plan` of that base;
    without one messages can only be sent, past any plan
    (`EnterpriseDataUpload`). `part_kb` is the size of a part in KB, both ways.
    `spool` is a folder of this base and node alone, where a message half
    fetched waits for the next attempt, also after the process was killed; it
    holds personal data. Raises `ConfigurationError` for a part that cannot travel.
    """

    base: OneCSettings
    peer_code: str = ""
    exchange_plan: str = "СинхронизацияДанныхЧерезУниверсальныйФормат"
    part_kb: int = 1024
    waiting: Waiting = field(default_factory=Waiting)
    limits: Limits = field(default_factory=Limits)
    spool: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.part_kb <= LARGEST_PART_KB:
            raise ConfigurationError(
                _("Размер части сообщения EnterpriseData"),
                found=str(self.part_kb),
                expected=_("от 1 до {largest} КБ").format(largest=LARGEST_PART_KB),
                code="bad_part_size",
            )

    @property
    def by_plan(self) -> bool:
        """Whether messages are numbered and confirmed through an exchange plan."""
        return bool(self.peer_code)

    @property
    def part_bytes(self) -> int:
        """The size of a part in bytes."""
        return self.part_kb * 1024

    def root_url(self) -> str:
        """The base's own address, which `ws/…` is added to."""
        return self.base.url.rstrip("/").removesuffix("/odata/standard.odata")
