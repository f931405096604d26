"""Addresses as they stand in headers (RFC 5322 §3.4), quoted, commented, grouped or broken."""

from __future__ import annotations

import re

from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.letters import Address
from provodka.connectors.mail.understanding.words import SPACES, undone_words

__all__ = ["ADDRESS", "normalised", "parsed_addresses"]

MOST = 1000
TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)(?:"|\\?\Z)'
    r"|\((?P<comment>(?:[^()\\]|\\.)*)(?:\)|(?=\()|\\?\Z)"
    r"|<(?P<angle>(?:[^<>(]|\((?:[^()]*\))?)*)>?"
    r"|(?P<mark>[,;:])"
    r'|(?P<words>[^"(<,;:]+)',
    re.DOTALL,
)
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,200}@[^\s<>()\[\],;:\"'@]{1,200}")
COMMENT = re.compile(r"\([^()]*\)")
AROUND = re.compile(r"\s*([.@])\s*")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parsed_addresses(raw: bytes) -> tuple[Address, ...]:
    """Everyone a header names, each address once, at most 1000 of them."""
    shown = decoded_text(raw)[0]
    found = _parsed(shown)
    if not any(one.address for one in found) and "=?" in shown:
        found = _parsed(undone_words(shown)[0])
    once = {(one.address or one.name): one for one in reversed(found)}
    return tuple(reversed(once.values()))[:MOST]


def normalised(address: str) -> str:
    """An address without brackets and blanks, its domain in lower case."""
    local, at, domain = address.strip().strip("<>'\"").strip().rpartition("@")
    domain = domain.rstrip(".;").lower()
    return f"{local}{at}{domain}" if not at or (local and domain) else ""


def _parsed(shown: str) -> list[Address]:
    found: list[Address] = []
    texts: list[str] = []
    comments: list[str] = []
    angle = ""

    def settle() -> None:
        nonlocal angle
        if one := _made(texts, comments, angle):
            found.append(one)
        texts.clear()
        comments.clear()
        angle = ""

    for token in TOKEN.finditer(shown):
        kind, value = token.lastgroup, token[token.lastgroup or 0]
        if kind == "angle":
            if angle:
                settle()
            angle = AROUND.sub(r"\1", COMMENT.sub("", value)).strip() or " "
        elif kind == "comment":
            comments.append(value)
        elif kind != "mark":
            texts.append(ESCAPED.sub(r"\1", value) if kind == "quoted" else value)
        elif value == ":" and not angle and "@" not in "".join(texts):
            texts.clear()  # the name of a group, or a "mailto"
        elif value != ":":
            settle()
    settle()
    return found


def _made(texts: list[str], comments: list[str], angle: str) -> Address | None:
    name = SPACES.sub(" ", undone_words("".join(texts))[0]).strip().strip("'")
    if not angle and (bare := ADDRESS.search(name)):
        angle, name = bare[0], name.replace(bare[0], "").strip(" -'")
    address = normalised(angle.rpartition(":")[2] if ":" in angle else angle)
    if "@" not in address or any(sign.isspace() for sign in address):
        found = ADDRESS.search(address)
        name, address = name or address, normalised(found[0]) if found else ""
    if not name and comments:
        name = SPACES.sub(" ", undone_words(" ".join(comments))[0]).strip()
    return Address(address[:320], name[:300]) if address or name else None
