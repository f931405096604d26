"""Bytes into text: by what is declared where that fits, by the bytes themselves where not.

Russian letters come in five tables (windows-1251, koi8-r, cp866, x-mac-cyrillic,
iso-8859-5), often under another's name or under none. A table is judged by how Russian its
reading looks: frequent letters, small ones after small ones, no signs in between.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

__all__ = ["decoded_text", "known_charset"]

ALIASES = {
    "us-ascii": "ascii",
    "ansi": "cp1252",
    "ansi_x3.4-1968": "ascii",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "win-1251": "cp1251",
    "cp-1251": "cp1251",
    "windows1251": "cp1251",
    "x-cp1251": "cp1251",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi-8": "koi8-r",
    "koi8-ru": "koi8-u",
    "dos-866": "cp866",
    "ibm866": "cp866",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
}
# A codec that escapes or that takes quadratic time is no charset of a letter.
REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
STATEFUL = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
TABLES = frozenset({*CYRILLIC, "koi8-u", "ascii", "cp1252"})
SAMPLE = 6000
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
FREQUENT = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ"
WEIGHTS = {letter: 3.0 - place * 0.12 for place, letter in enumerate(FREQUENT)}
HIGH_RUNS = re.compile(rb"[\x80-\xff]{2,}")
HIGH = re.compile(rb"[\x80-\xff]")


@lru_cache(maxsize=256)
def known_charset(label: str) -> str:
    """Python's name of a declared charset, or nothing where there is no such table."""
    name = label.strip().strip("\"'").partition("*")[0].lower().replace(" ", "")
    name = ALIASES.get(name, name)
    if not name.isascii() or not 0 < len(name) < 40:
        return ""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", False) or found.name.replace("-", "_") in REFUSED:
        return ""
    return name if name in TABLES else found.name


def decoded_text(raw: bytes, declared: str = "") -> tuple[str, str]:
    """The text of `raw`, and a problem's slug where the declaration did not hold.

    ``charset_wrong``: another charset was declared; ``charset_guessed``: none, or an
    unknown one, was; ``charset_broken``: some characters are lost whichever is taken.
    """
    charset = known_charset(declared) if declared else ""
    if raw.isascii() and not charset.startswith(STATEFUL) and b"\x1b" not in raw:
        return raw.decode("ascii"), ""
    for mark, named in MARKS.items():
        if raw.startswith(mark):
            return raw.decode(named, "replace"), ""
    if charset.startswith(STATEFUL):
        return _tried(raw, charset)
    if not charset and b"\x1b$" in raw:
        return raw.decode("iso2022_jp_ext", "replace"), "charset_guessed"
    return _by_bytes(raw, charset)


def _tried(raw: bytes, charset: str) -> tuple[str, str]:
    try:
        text, problem = raw.decode(charset), ""
    except (UnicodeError, ValueError):
        text, problem = raw.decode(charset, "replace"), "charset_broken"
    # UTF-7 lets halves of characters through, which no other encoding can write.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), problem


def _by_bytes(raw: bytes, charset: str) -> tuple[str, str]:
    named_so = "charset_wrong" if charset else "charset_guessed"
    if charset in TABLES or charset in {"", "utf-8"}:
        try:
            return raw.decode("utf-8"), "" if charset == "utf-8" else named_so
        except UnicodeDecodeError as error:
            if charset == "utf-8" and _nearly(raw, error):
                return raw.decode("utf-8", "replace"), "charset_broken"
        guess = _table(raw, charset)
        return raw.decode(guess, "replace"), "" if guess == charset else named_so
    try:
        return raw.decode(charset), ""
    except (UnicodeError, ValueError):
        pass
    try:
        return raw.decode("utf-8"), "charset_wrong"
    except UnicodeDecodeError:
        return raw.decode(charset, "replace"), "charset_broken"


def _nearly(raw: bytes, error: UnicodeDecodeError) -> bool:
    """Whether it is UTF-8 with a few bytes lost: most of what is not ASCII fits together."""
    if error.start >= len(raw) - 4:
        return True
    sample = raw[:SAMPLE].decode("utf-8", "replace")
    lost = sample.count("\ufffd")
    return lost * 4 < sum(1 for sign in sample if sign > "\x7f")


def _table(raw: bytes, declared: str) -> str:
    """The one-byte table whose reading looks best; the declared one wins where it is near."""
    sample = raw[:SAMPLE] if HIGH.search(raw, 0, SAMPLE) else _around(raw)
    high = len(HIGH.findall(sample))
    together = sum(map(len, HIGH_RUNS.findall(sample)))
    if declared in {"", "ascii", "cp1252", "utf-8"} and together < max(high * 0.6, 3):
        return "cp1252"
    ranks = {table: _russian(sample.decode(table, "replace")) for table in CYRILLIC}
    best = max(CYRILLIC, key=lambda table: ranks[table])
    if ranks[best] <= 0 and declared in {"", "ascii", "cp1252", "utf-8"}:
        return "cp1252"
    alike = "koi8-r" if declared == "koi8-u" else declared
    if alike in ranks and ranks[best] - ranks[alike] <= 0.35 * abs(ranks[best]):
        return declared
    return best


def _around(raw: bytes) -> bytes:
    found = HIGH.search(raw)
    return raw[found.start() : found.start() + SAMPLE] if found else raw[:SAMPLE]


def _russian(text: str) -> float:
    """How Russian a text looks; its sign says whether it does at all."""
    total, before = 0.0, " "
    for sign in text:
        if sign > "\x7f":
            weight = WEIGHTS.get(sign.lower())
            if weight is None:
                total -= 0.5 if sign in "«»–—№…“”„\xa0" else 3.0
            else:
                total += weight if sign.islower() or not before.islower() else -3.0
        before = sign
    return total
