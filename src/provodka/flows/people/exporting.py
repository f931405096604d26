"""All that is held about a person as one archive: JSON, the files, a page that explains it."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.people_files import HeldFile, files_of
from provodka.connectors.crm_store.people_holdings import holdings, past
from provodka.connectors.crm_store.people_subject import Subject
from provodka.connectors.crm_store.people_sweep import mentions
from provodka.connectors.crm_store.people_wiping import documents_of, prepare
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.foundation.i18n import _

__all__ = ["export"]

ODD = re.compile(r"[^\w.() -]+")
LONGEST_NAME = 80
PRIVATE = 0o600


def export(hub: Hub, subject: Subject, target: Path) -> Mapping[str, int]:
    """Write the archive, readable by its owner alone; how many rows of each kind are in it.

    Of places that only mention the person it holds the number of rows: others are named there too.
    """
    with hub.engine.connect() as connection:
        prepare(connection)
        documents = documents_of(connection, subject)
        held = holdings(connection, subject, documents)
        journal = past(connection, documents)
        where = {one.texts.name: one.count for one in mentions(connection, subject.traits)}
        files = files_of(connection, documents)
    told = {
        "made_at": hub.clock(),
        "company": hub.settings.company.name,
        "found_by": {
            name: sorted(getattr(subject.traits, name)) for name in subject.traits.__slots__
        },
        "held": held,
        "journal": journal,
        "mentioned_in": where,
    }
    _write(target, told, files, FileStore(files_folder(hub)))
    return {name: len(rows) for name, rows in held.items()} | {
        "journal": len(journal),
        "files": len(files),
    }


def _write(
    target: Path, told: Mapping[str, Any], files: Sequence[HeldFile], store: FileStore
) -> None:
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as output,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("README.txt", _explained())
        archive.writestr("person.json", dump_json(told))
        for number, one in enumerate(files, 1):
            if one.sha256 and store.path(one.sha256).is_file():
                archive.write(store.path(one.sha256), f"files/{number:03}-{_safe(one.name)}")


def _safe(name: str) -> str:
    """A file's name as it was, without what could lead out of a folder."""
    plain = ODD.sub("_", Path(name.replace("\\", "/")).name).strip(". ")
    return plain[-LONGEST_NAME:] or "file"


def _explained() -> str:
    return _(
        "Здесь все, что хаб хранит о человеке (152-ФЗ, статья 14).\n\n"
        "person.json\n"
        "  held          документы и то, что о них помнит хаб: что отправлено, что пришло\n"
        "  journal       все изменения этих документов: когда, кто, как было и как стало\n"
        "  mentioned_in  где человек только упомянут: таблица и сколько строк\n"
        "files/\n"
        "  вложения писем и файлы документов\n"
    )
