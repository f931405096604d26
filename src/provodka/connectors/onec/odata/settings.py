"""What the connector must be told about one base; nobody here reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.hours import Hours

__all__ = ["OneCSettings"]

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OneCSettings:
    """One 1C base published over OData.

    `url` is the base's address (`https://host/base`), with or without
    `/odata/standard.odata`. `timeout` is in seconds: the first request after
    idle may take over 30. `max_connections` is the number of requests under way
    at once; a file-mode base serves one. `page_bytes` is the size that pages
    aim at. `sessions` keeps one 1C session (`IBSession`) between requests.
    `load_mode` writes with `ОбменДанными.Загрузка`, past the base's handlers.
    `if_match` says whether the base honours versions in `If-Match`, where that is known.
    `manners` are those of a guest in the base, `licence_wait` the seconds for which heavy reading
    waits for a licence. `heavy_hours` are when whole sets may be read, by the base's clock.
    `ca_file` is the certificate of a company's own authority.
    """

    url: str
    login: str
    password: str = field(repr=False)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    timeout: float = 90.0
    max_connections: int = 1
    page_bytes: int = 4 * MEGABYTE
    max_answer_bytes: int = 64 * MEGABYTE
    sessions: bool = False
    load_mode: bool = False
    if_match: bool | None = None
    manners: Manners = field(default_factory=Manners)
    licence_wait: float = 600.0
    heavy_hours: Hours = field(default_factory=Hours)
    ca_file: Path | None = None
    metadata_cache: Path | None = None

    def service_url(self) -> str:
        """The address of the OData service itself."""
        address = self.url.rstrip("/")
        suffix = "/odata/standard.odata"
        return address if address.endswith(suffix) else address + suffix
