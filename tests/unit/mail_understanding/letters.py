"""Letters as bytes, made by hand for the tests."""

from __future__ import annotations

import struct

HEAD = (
    b"From: Anna <anna@romashka.example>\r\nTo: hub@firma.example\r\n"
    b"Date: Mon, 13 Jan 2025 10:00:00 +0300\r\nMessage-ID: <one@romashka.example>\r\n"
    b"MIME-Version: 1.0\r\n"
)


def letter(
    body: bytes, content_type: str = "text/plain; charset=utf-8", *headers: str, subject: str = "s"
) -> bytes:
    """A letter with one part; `headers` are whole lines."""
    lines = [*headers, f"Subject: {subject}", f"Content-Type: {content_type}"]
    return HEAD + "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def mixed(*parts: bytes, kind: str = "mixed") -> bytes:
    """A multipart letter; each part is its headers, a blank line and its body."""
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    return letter(body, f'multipart/{kind}; boundary="cut"')


def winmail(name: bytes, content: bytes) -> bytes:
    """A winmail.dat with one file (MS-OXTNEF §2.1)."""

    def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, kind, len(data)) + data + b"\0\0"

    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
        + attribute(2, 0x9002, 6, bytes(14))
        + attribute(2, 0x8010, 1, name + b"\0")
        + attribute(2, 0x800F, 6, content)
    )
