"""The PBXes: the `telephony` section."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from provodka.flows.settings.common import Strict, Zone
from provodka.foundation.i18n import marked

__all__ = ["AsteriskLog"]


class AsteriskLog(Strict):
    """The call log of one Asterisk."""

    name: str = Field(description=marked("Как назвать эту АТС"))
    path: Path = Field(description=marked("Путь к Master.csv"))
    zone: Zone = Field("Europe/Moscow", description=marked("Часовой пояс журнала (usegmtime: UTC)"))
    internal_lengths: frozenset[int] = Field(
        frozenset({2, 3, 4}), description=marked("Длины внутренних номеров")
    )
