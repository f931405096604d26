"""The one door of a base, for everybody who goes through it, over whichever protocol."""

from __future__ import annotations

from threading import BoundedSemaphore

from provodka.connectors.onec.odata.pacing import Pacer
from provodka.connectors.onec.odata.settings import OneCSettings

__all__ = ["Doorway"]


class Doorway:
    """So many requests under way at once (`turns`), and the manners of one guest (`pacer`).

    Clients of one base that are given the same doorway share its limit and its rests: what OData
    has asked for, the exchange of messages rests for, and the other way round. Safe for threads.
    """

    def __init__(self, settings: OneCSettings, pacer: Pacer | None = None) -> None:
        self.turns = BoundedSemaphore(settings.max_connections)
        self.pacer = pacer or Pacer(settings.manners, patience=settings.licence_wait)
