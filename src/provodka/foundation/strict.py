"""What every section of a settings file shares: strictness, and time zones by their names."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict

from provodka.foundation.i18n import _

__all__ = ["Strict", "Zone"]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("часовой пояс из базы IANA, например Europe/Moscow"))
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone in the IANA database."""


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
