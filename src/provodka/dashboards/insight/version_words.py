"""What the history of a document tells, in words: why a version came to be, which field it is."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.dashboards.insight.changes import Entry
from provodka.dashboards.insight.fields import field_title, part_title
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.versions import Why
from provodka.foundation.i18n import _

__all__ = ["row_title", "why_text"]


def why_text(why: Why, names: Mapping[str, str]) -> str:
    """The reason of a version; `names` are titles of documents by key."""
    told = {
        "rule": _("правило {name}"),
        "sync": _("обмен"),
        "merge": _("объединение клиентов {number}"),
        "unmerge": _("отмена объединения {number}"),
        "program": _("правка в базе"),
        "person": _("правка вручную"),
    }[why.sort].format(name=why.name, number=why.number)
    if why.sort == "sync" and why.number is not None:
        told = _("обмен, сообщение {number}").format(number=why.number)
    if why.kind is None:
        return told
    title = names.get(str(why.document), "")
    cause = f"{kind_title(why.kind)} {title}".strip()
    return _("{told}; повод: {cause}, изменение №{number}").format(
        told=told, cause=cause, number=why.cause
    )


def row_title(kind: str, entry: Entry, field: str) -> str:
    """What people call a field of a document, or of a row of its tabular section."""
    title = field_title(kind, entry.part, field)
    return f"{part_title(entry.part)} {entry.line}: {title}" if entry.part else title
