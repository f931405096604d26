"""A call placed by a person's word: asked for, carried at once, told how it ended."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select

from provodka.connectors.crm_store.errands import drop
from provodka.connectors.crm_store.tables.hub import outbox
from provodka.flows.calls.asking import TARGET, Asked, ask_for
from provodka.flows.calls.dialling import dial_couriers
from provodka.flows.calls.pull import open_pbx
from provodka.flows.deliver.courier import Courier
from provodka.flows.deliver.loop import deliver
from provodka.flows.hub import Hub
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["connected_pbx", "place"]

PATIENCE_SECONDS = 15.0
BETWEEN_SECONDS = 0.1
ENDED = ("delivered", "flagged", "dead", "dropped")


def place(hub: Hub, extension: str, number: str, *, about: tuple[str, UUID], pbx: str = "") -> str:
    """Ask for a call and carry it at once; returns the key that the call will have in the log.

    The key is empty where the PBX tells none.

    Raises `ConfigurationError` where no PBX can place calls, and `DocumentError` with what
    became of the call otherwise. Whatever is said, it is not dialled a second time.
    """
    couriers = dial_couriers(hub)
    if not couriers:
        raise ConfigurationError(
            _("hub.yaml, telephony"),
            found=_("ни одна АТС не умеет набирать номер"),
            expected=_("облачная АТС с API набора или раздел ami"),
            next_step=_("добавьте раздел ami; как — в описании телефонии"),
            code="no_ami",
        )
    key = f"person|{uuid7()}"
    with hub.engine.begin() as connection:
        ask_for(connection, Asked(extension, number, hub.clock(), pbx), key=key, about=about)
    row = _carried(hub, couriers[0], key)
    if row.state == "delivered":
        return str(row.result["call_key"])
    raise _not_placed(row)


def _carried(hub: Hub, courier: Courier, key: str) -> Any:
    """The errand at its end; one that does not come to an end in time is taken back.

    A hub that works beside this may take it first, so that it is only waited for.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    query = select(outbox).where(outbox.c.key == key)
    while True:
        with hub.engine.connect() as connection:
            row = connection.execute(query).one()
        if row.state in ENDED:
            return row
        if time.monotonic() > until:
            with hub.engine.begin() as connection:
                drop(connection, [row.id], f"person:{getpass.getuser()}", "dialled_late")
            return row
        deliver(hub.engine, courier, [row.document])
        time.sleep(BETWEEN_SECONDS)


def _not_placed(row: Any) -> DocumentError:
    said = row.trouble or {}
    return DocumentError(
        said.get("where") or TARGET,
        found=said.get("found") or _("звонок еще не начат"),
        expected=said.get("expected") or "",
        next_step=said.get("next_step") or _("посмотрите: provodka outbox"),
        code=said.get("code") or "not_dialled",
    )


@contextmanager
def connected_pbx(hub: Hub, name: str) -> Iterator[object]:
    """The PBX of that name, open for the block; None if `hub.yaml` names it no more."""
    options = next((one for one in hub.settings.telephony if one.name == name), None)
    if options is None:
        yield None
        return
    source = open_pbx(options)
    try:
        yield source
    finally:
        source.close()
