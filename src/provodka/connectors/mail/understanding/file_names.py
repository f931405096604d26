"""Names and types of attached files: harmless names, types by the first bytes."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FIRST_BYTES", "harmless_name", "type_by_bytes"]

LONGEST = 120
MOST_BYTES = 240
LONGEST_ENDING = 12
FIRST_BYTES = 512
FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
ENDINGS = {
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/rtf": ".rtf",
    "application/x-rar": ".rar",
    "application/xml": ".xml",
    "application/json": ".json",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/vcard": ".vcf",
    "video/mp4": ".mp4",
}
BY_ENDING = {ending: kind for kind, ending in ENDINGS.items()} | {".jpeg": "image/jpeg"}
MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
)
OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
OFFICE_TYPES = frozenset(OFFICE.values())


def harmless_name(sent: str, content_type: str, number: int) -> str:
    """A file name that stays in its folder on every system: at most 120 characters, 240 bytes.

    Folders, control and direction-changing characters, devices' names and leading dots are
    gone; the ending is kept. A file without a name becomes ``attachment-<number>``.
    """
    last = unicodedata.normalize("NFC", sent[:4000]).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in {"Cf", "Cs", "Cc"})
    kept = FORBIDDEN.sub("_", " ".join(kept.split())).strip(" .")
    if not kept.strip("_"):
        return f"attachment-{number}{ENDINGS.get(content_type, '')}"
    if RESERVED.match(kept):
        kept = f"_{kept}"
    stem, dot, ending = kept.rpartition(".")
    if not stem or len(ending) > LONGEST_ENDING:
        stem, dot, ending = kept, "", ""
    tail = dot + ending
    room = MOST_BYTES - len(tail.encode())
    cut = stem[: LONGEST - len(tail)].encode()[:room].decode("utf-8", "ignore")
    return cut.rstrip(" .") + tail


def type_by_bytes(first: bytes, claimed: str, name: str) -> str:
    """The content type: by the first bytes, else as claimed, else by the name's ending."""
    for magic, found in MAGIC:
        if first.startswith(magic):
            return found
    if first[:4] == b"RIFF":
        found = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(first[8:12], "")
        return found or claimed
    if first[4:8] == b"ftyp":
        return "video/mp4"
    if first.startswith(b"PK\x03\x04"):
        return _zipped(first, claimed, name)
    if first.startswith(b"BM") and claimed.startswith("image/"):
        return "image/bmp"
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if claimed in {"", "application/octet-stream"} or not MEDIA_TYPE.fullmatch(claimed):
        return BY_ENDING.get(ending, "application/octet-stream")
    return claimed


def _zipped(first: bytes, claimed: str, name: str) -> str:
    for folder, found in OFFICE.items():
        if folder in first:
            return found
    by_name = BY_ENDING.get(name[name.rfind(".") :].lower(), "")
    for told in (claimed, by_name):
        if told in OFFICE_TYPES or told.startswith("application/vnd.oasis.opendocument"):
            return told
    return "application/zip"
