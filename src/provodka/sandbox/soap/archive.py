"""The payload: one XML file in a zip, cut into parts that are numbered from 1."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from provodka.sandbox.soap.envelope import SoapFault

_ENTRY = "data.xml"
_LARGEST = 512 * 1024 * 1024


def pack(message: bytes) -> bytes:
    """A zip with the message in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(_ENTRY, (2026, 1, 1, 0, 0, 0))
        archive.writestr(entry, message, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def split(data: bytes, part_size: Decimal) -> list[bytes]:
    """Parts of `part_size` kilobytes; 0 or less keeps the file whole."""
    size = int(part_size * 1024)
    if size <= 0:
        return [data]
    return [data[start : start + size] for start in range(0, len(data), size)]


def unpack(data: bytes) -> bytes:
    """The first file of a zip; `SoapFault` if it is none, is empty or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if not entries:
                raise SoapFault("Файл архива не содержит данных.")
            if entries[0].file_size > _LARGEST:
                raise SoapFault("Файл архива слишком велик.")
            return archive.read(entries[0])
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise SoapFault(f"Ошибка чтения архива: {error}") from None
