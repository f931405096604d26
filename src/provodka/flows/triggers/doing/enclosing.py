"""Files of documents go with the letters of rules: printed forms, scans, what a client has sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.trigger_rules import effects

__all__ = ["enclose", "names_of"]

FILES = """
    SELECT name, content_type, size, sha256, added_at AS at, 0 AS number
    FROM hub.document_file WHERE kind = :kind AND document = :document
    UNION ALL
    SELECT name, content_type, size, sha256, NULL, number
    FROM hub.message_file WHERE :kind = 'message' AND message_id = :document AND left_out IS NULL
"""
NAMES = text(f"SELECT name FROM ({FILES}) f ORDER BY at, number, name")  # noqa: S608
ENCLOSE = text(f"""
    INSERT INTO hub.message_file (message_id, number, name, content_type, size, sha256)
    SELECT :letter, :passed + row_number() OVER (ORDER BY at, f.number, name), name,
      content_type, size, sha256
    FROM ({FILES}) f
""")  # noqa: S608


def names_of(connection: Connection, effect: effects.SendLetter) -> list[str]:
    """The files that go with a letter, in their order.

    Raises `DocumentError` for a document that is to be attached and has none.
    """
    found: list[str] = []
    for kind, document in effect.attach:
        given = {"kind": kind, "document": document}
        names = list(connection.scalars(NAMES, given))
        if not names:
            raise _none(effect, kind, document)
        found += names
    return found


def enclose(connection: Connection, effect: Any, letter: UUID) -> None:
    """Put the files into the letter: the same contents, kept once."""
    passed = 0
    for kind, document in getattr(effect, "attach", ()):
        given = {"kind": kind, "document": document, "letter": letter, "passed": passed}
        passed += connection.execute(ENCLOSE, given).rowcount


def _none(effect: effects.SendLetter, kind: str, document: UUID) -> Misunderstood:
    return Misunderstood(
        _("правило «{rule}», документ {kind} {document}").format(
            rule=effect.reason.rule, kind=kind, document=document
        ),
        found=_("к документу не приложен ни один файл"),
        expected=_("файл документа: в правиле сказано attach"),
        next_step=_("приложите: provodka mail enclose, и повторите: provodka quarantine replay"),
        code=f"no_file:{effect.reason.rule}",
    )
