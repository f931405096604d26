"""Small messages for the tests of the reader, built as text."""

from __future__ import annotations

import io
from pathlib import Path

from provodka.connectors.onec.enterprise_data.message import (
    BodyObject,
    Header,
    Limits,
    read_message,
)

SAMPLES = Path("tests/data/onec/enterprise_data")
FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
KEY = "9a115815-4dfa-11f0-9a60-00155d012a01"
PREFIXES = (
    'xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
HEADER = (
    "<msg:Header><msg:Format>{format}</msg:Format>"
    "<msg:CreationDate>2026-11-22T10:00:00</msg:CreationDate>"
    "<msg:AvailableVersion>1.21</msg:AvailableVersion></msg:Header>"
)


def client(name: str = "Лютик ООО", *, more: str = "", inside: str = "") -> str:
    """A client: `more` stands after its key properties, `inside` at their end."""
    return (
        f"<Справочник.Контрагенты>\n<КлючевыеСвойства>\n<Ссылка>{KEY}</Ссылка>\n"
        f"<Наименование>{name}</Наименование>\n"
        "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>\n"
        f"{inside}</КлючевыеСвойства>\n{more}</Справочник.Контрагенты>\n"
    )


def message(
    *objects: str, version: str = "1.21", header: str = HEADER, prolog: str = "", body: str = ""
) -> str:
    """A message with these objects; its body begins on line 1."""
    opening = body or f'<Body xmlns="{FORMAT}/{version}">'
    return (
        f"{prolog}<Message {PREFIXES}>{header.format(format=f'{FORMAT}/{version}')}{opening}"
        + "".join(objects)
        + "</Body></Message>"
    )


def read(text: str | bytes, limits: Limits | None = None) -> tuple[Header, list[BodyObject]]:
    """The whole of a message."""
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    header, objects = read_message(stream, limits=limits)
    return header, list(objects)
