"""Posting what has been entered in 1C: once, and never again after the accountant took it back."""

from __future__ import annotations

from typing import Any

from provodka.connectors.crm_store import claims, outbox
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.writes import Written
from provodka.flows.hub import Hub
from provodka.flows.onec.documents import Paper
from provodka.flows.onec.queueing import SYSTEM
from provodka.foundation.errors import ProvodkaError, Refused, UnknownOutcome
from provodka.mappings.writing import WireDocument

__all__ = ["forget_posting", "post", "withdrawn"]


def post(
    hub: Hub, base: ODataBase, errand: Errand, wire: WireDocument, written: Written
) -> Refused | None:
    """Have the document posted if it is to be and is not; why 1C refused, if it did.

    In which version it was sent to be posted is kept until it is known that it was not.
    """
    if not wire.post or written.row.get("Posted") is True:
        return None
    _keep(hub, errand, written.version)
    try:
        base.post(wire.entity, written.ref)
    except UnknownOutcome:
        raise
    except ProvodkaError as error:
        _keep(hub, errand, None)
        if isinstance(error, Refused):
            return error
        raise
    return None


def withdrawn(hub: Hub, paper: Paper, row: dict[str, Any]) -> bool:
    """Whether the accountant has taken back the posting of what was entered: it stays so.

    After a posting without an answer, an object that is no longer as it was sent to be posted
    may have been posted and taken back.
    """
    if row.get("Posted") is not False:
        return False
    if paper.values.get("accounting") == "entered":
        return True
    with hub.engine.connect() as connection:
        version = outbox.posting_before(connection, SYSTEM, paper.document)
    return version is not None and version != str(row.get("DataVersion") or "")


def forget_posting(hub: Hub, errand: Errand) -> None:
    """Before the hub itself changes what was not posted: its version tells nothing any more."""
    _keep(hub, errand, None)


def _keep(hub: Hub, errand: Errand, version: str | None) -> None:
    with hub.engine.begin() as connection:
        claims.remember_posting(connection, errand, version)
