"""The zip that a message travels in: one XML file, packed and unpacked as a stream.

What comes is not trusted: one plain member, a plain name, no archive inside,
and both the size and the ratio are counted while unpacking, whatever the
archive claims. Formats: APPNOTE.TXT 6.3 §4.3; 1C writes one `data.xml`.
"""

from __future__ import annotations

import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, BinaryIO, NoReturn

from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive
from provodka.connectors.onec.enterprise_data.soap.settings import Limits
from provodka.foundation.i18n import _

__all__ = ["pack", "refuse", "unpack"]

CHUNK = 256 * 1024
RATIO_FLOOR = 4 * 1024 * 1024
"""Bytes that may come out whatever the ratio: short messages of one repeated row are honest."""

END_RECORD = b"PK\x05\x06"
END_SIZE = 22
ZIP64_LOCATOR = b"PK\x06\x07"
ZIP64_SIZE = 20
LONGEST_COMMENT = 65535
LONGEST_DIRECTORY = 64 * 1024
BOM = b"\xef\xbb\xbf"
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def pack(xml: BinaryIO, packed: BinaryIO, limits: Limits) -> int:
    """Pack a message; the packed size in bytes. Raises `BadArchive` past the limits."""
    member = zipfile.ZipInfo("data.xml")
    member.compress_type = zipfile.ZIP_DEFLATED
    written = 0
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(member, "w", force_zip64=False) as inside,
    ):
        while chunk := xml.read(CHUNK):
            written += len(chunk)
            if written > min(limits.xml, zipfile.ZIP64_LIMIT):
                refuse("message_too_large", _("сообщение больше {n} байт").format(n=limits.xml))
            inside.write(chunk)
    size = packed.tell()
    if size > limits.packed:
        refuse("packed_too_large", _("архив больше {n} байт").format(n=limits.packed))
    return size


def unpack(packed: BinaryIO, to: BinaryIO, limits: Limits) -> tuple[int, str]:
    """Unpack the one XML file of an archive into `to`: its size and SHA-256.

    Raises `BadArchive`; what was written to `to` by then is worthless. Memory
    does not grow with the message.
    """
    packed_size = _checked_end(packed, limits)
    with _understood(), zipfile.ZipFile(packed) as archive:
        member = _only_member(archive)
        with archive.open(member) as inside:
            return _copied(inside, to, packed_size, limits)


def refuse(code: str, found: str, expected: str = "") -> NoReturn:
    """Raise `BadArchive`."""
    raise BadArchive(
        _("Архив сообщения EnterpriseData"),
        found=found,
        expected=expected,
        next_step=_("если базе доверяют, увеличьте пределы; иначе выясните, кто отвечает"),
        code=code,
    )


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (*BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        found = _("архив повреждён ({kind})").format(kind=type(error).__name__)
        raise BadArchive(
            _("Архив сообщения EnterpriseData"),
            found=found,
            next_step=_("сообщение будет запрошено заново"),
            code="zip_broken",
        ) from None


def _checked_end(packed: BinaryIO, limits: Limits) -> int:
    """The size of the archive, once its end record promises nothing outrageous.

    Read before `zipfile` reads it: a directory of millions of entries is
    expensive to list.
    """
    size = packed.seek(0, os.SEEK_END)
    if size > limits.packed:
        refuse("packed_too_large", _("архив больше {n} байт").format(n=limits.packed))
    packed.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
    tail = packed.read()
    at = tail.rfind(END_RECORD)
    if at < 0 or len(tail) - at < END_SIZE:
        refuse("zip_truncated", _("у архива нет конца: части пришли не все или испорчены"))
    if tail[:at][-ZIP64_SIZE:].startswith(ZIP64_LOCATOR):
        refuse("packed_too_large", _("архив zip64: он больше, чем бывает сообщение"))
    entries, directory = struct.unpack_from("<HL", tail, at + 10)
    if entries != 1:
        refuse(
            "zip_members", _("файлов в архиве: {n}").format(n=entries), _("один файл с сообщением")
        )
    if directory > LONGEST_DIRECTORY:
        refuse("zip_broken", _("оглавление архива — {n} байт").format(n=directory))
    return size


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        refuse("zip_members", _("файлов в архиве: {n}").format(n=len(members)))
    member = members[0]
    name = member.orig_filename
    if any(mark in name for mark in "/\\:\0") or name.startswith("."):
        refuse("zip_path", _("имя файла в архиве указывает путь"), _("data.xml"))
    if not name.lower().endswith(".xml"):
        refuse("zip_not_xml", _("в архиве не XML"), _("data.xml"))
    if member.flag_bits & 1:
        refuse("zip_encrypted", _("файл в архиве зашифрован"))
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        refuse("zip_method", _("непонятный способ сжатия № {n}").format(n=member.compress_type))
    return member


def _copied(inside: IO[bytes], to: BinaryIO, packed: int, limits: Limits) -> tuple[int, str]:
    digest = sha256()
    size = 0
    while chunk := inside.read(CHUNK):
        if not size:
            _check_start(chunk)
        size += len(chunk)
        if size > limits.xml:
            refuse("message_too_large", _("сообщение больше {n} байт").format(n=limits.xml))
        if size > RATIO_FLOOR and size > packed * limits.ratio:
            refuse("zip_ratio", _("сжато больше чем в {n} раз").format(n=limits.ratio))
        digest.update(chunk)
        to.write(chunk)
    if not size:
        refuse("zip_not_xml", _("файл в архиве пуст"))
    return size, digest.hexdigest()


def _check_start(chunk: bytes) -> None:
    if chunk.startswith(b"PK\x03\x04"):
        refuse("zip_nested", _("в архиве ещё один архив"))
    if not chunk.removeprefix(BOM).lstrip().startswith(b"<"):
        refuse("zip_not_xml", _("в архиве не XML"))
