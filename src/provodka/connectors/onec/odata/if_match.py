"""Whether a base honours `If-Match`: documented, and on some platforms ignored without a word.

It is found out by a write that changes nothing: the deletion mark of a document is set to what it
is, under a version that the document does not have. A base that honours the header answers 412 and
writes nothing; one that ignores it writes the same mark once more, and only `DataVersion` moves.
So it is done only when asked for, and only on a document of the hub's own that is not posted: a
posted one might be posted anew.
"""

from __future__ import annotations

from uuid import UUID

from provodka.connectors.onec.odata.errors import ChangedMeanwhile, NotFound
from provodka.connectors.onec.odata.query import JSON, entity_path
from provodka.connectors.onec.odata.transport import Transport
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["find_if_match"]

NOBODYS = ("AAAAAAAAAAA=", "AAAAAAAAAAE=")
"""Versions of 8 bytes: whichever a document has, it does not have the other."""


def find_if_match(
    transport: Transport, set_name: str, ref: UUID, *, marker_field: str, marker: str
) -> bool:
    """True if the base honours `If-Match`; the transport remembers it.

    Raises `NotFound`, and `ConfigurationError` for a document that is posted or not the hub's.
    """
    where = transport.where(set_name)
    row = transport.read_json(entity_path(set_name, ref), JSON)
    if not isinstance(row, dict):
        raise NotFound(where, found=_("документа {ref} нет").format(ref=ref), code="not_found")
    ours = bool(marker) and marker in str(row.get(marker_field) or "")
    if not ours or row.get("Posted") is True:
        raise ConfigurationError(
            where,
            found=_("документ {ref} проведён или записан не хабом").format(ref=ref),
            expected=_("непроведённый документ с меткой хаба"),
            next_step=_("назовите такой документ: проверка записывает его ещё раз"),
            code="not_ours",
        )
    wrong = next(version for version in NOBODYS if version != row.get("DataVersion"))
    same = {"DeletionMark": row.get("DeletionMark") is True}
    try:
        transport.write("PATCH", entity_path(set_name, ref), JSON, same, version=wrong)
        transport.if_match = False
    except ChangedMeanwhile:
        transport.if_match = True
    return transport.if_match
