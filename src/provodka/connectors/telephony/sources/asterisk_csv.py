"""Asterisk's call log in a file: `Master.csv` in all its layouts, Grandstream UCM's too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from provodka.connectors.telephony.asterisk_csv import read_page
from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.probe import probe
from provodka.connectors.telephony.rotation import CdrPosition
from provodka.connectors.telephony.source import CallPage, Reach
from provodka.foundation.i18n import marked

__all__ = ["PBX", "AsteriskFile", "AsteriskLog"]


class AsteriskLog(PbxOptions):
    """The call log of one Asterisk."""

    path: Path = Field(description=marked("Путь к Master.csv"))

    @property
    def address(self) -> str:
        """The path of the log."""
        return str(self.path)


class AsteriskFile:
    """A log that grows and is rotated; its position is a place in it, see `CdrPosition`."""

    def __init__(self, options: AsteriskLog) -> None:
        self._options = options

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """Rows behind the position, whatever their time; see `read_page`."""
        del now
        page = read_page(self._options.path, _place(position), zone=self._options.zoneinfo)
        told = json.loads(page.position.to_json()) if page.position else None
        return CallPage(page.legs, told, page.bad, more=not page.empty, gap=page.gap)

    def probe(self, *, now: datetime) -> Reach:
        """The end of the log, see `probe`."""
        del now
        options = self._options
        return probe(options.path, zone=options.zoneinfo, lengths=options.internal_lengths)

    def close(self) -> None:
        """Nothing is held between pages."""


def _place(position: Mapping[str, Any] | None) -> CdrPosition | None:
    """The place in the log; one of another kind of PBX, that had this name before, is none."""
    if position is None or "inode" not in position:
        return None
    return CdrPosition.from_json(json.dumps(dict(position)))


PBX = Pbx("asterisk_csv", AsteriskLog, lambda options, _secrets: AsteriskFile(options))
