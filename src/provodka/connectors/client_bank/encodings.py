"""Which encoding the bytes are in: decided by the bytes, never by what the file claims.

Banks write ``Кодировка=Windows`` into files in DOS or UTF-8 and the other way round. Bytes that
are valid UTF-8 are UTF-8. Otherwise each single-byte encoding is scored by how probable its
letters are in Russian: read in the wrong one, a text turns into frames and Serbian letters. A
histogram of bytes is all it takes, so a file of any size is judged in constant memory.
"""

from __future__ import annotations

import codecs
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["CLAIMS", "Judged", "judge", "judge_bytes"]

CHUNK = 1 << 16
ASCII = bytes(range(128))
CLAIMS = {"windows": "cp1251", "dos": "cp866", "utf-8": "utf-8", "utf8": "utf-8", "ansi": "cp1251"}
"""What `Кодировка=` may say, in small letters, and the encoding that is meant."""
SINGLE_BYTE = ("cp1251", "cp866")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Letters of Russian prose per thousand, by the National Corpus.
FREQUENT = {
    "о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44,
    "к": 35, "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16,
    "б": 16, "ч": 14, "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3, "ф": 3,
    "ъ": 1, "ё": 1,
}  # fmt: skip
CAPITAL = 0.4
SYMBOLS = dict.fromkeys("«»№–—„“”\u00a0", 2.0)
STRANGE = 0.01
# The first line of every file is in ASCII, twenty letters long.
FIRST_LETTERS = 40
# One damaged character in so many good ones is damage to a UTF-8 text, not another encoding.
DAMAGED_ONE_IN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """`encoding` as Python names it; `damaged` counts bytes that do not belong to it.

    `ascii` is true when nothing in the file depends on the encoding.
    """

    encoding: str
    damaged: int = 0
    ascii: bool = False

    @property
    def name(self) -> str:
        """The encoding without the mark of a byte order mark."""
        return "utf-8" if self.encoding == "utf-8-sig" else self.encoding


def judge_bytes(data: bytes) -> Judged:
    """The encoding of a text that is in memory."""
    return _judge([data])


def judge(handle: BinaryIO) -> Judged:
    """The encoding of a file, read from its start to its end and wound back."""
    handle.seek(0)
    try:
        return _judge(iter(lambda: handle.read(CHUNK), b""))
    finally:
        handle.seek(0)


def _judge(chunks: Iterable[bytes]) -> Judged:
    histogram: Counter[int] = Counter()
    unicode = _Unicode()
    for number, chunk in enumerate(chunks):
        if number == 0:
            wide = _marked(chunk)
            if wide is not None:
                return Judged(wide)
        histogram.update(chunk.translate(None, ASCII))
        unicode.feed(chunk)
    high = dict(histogram)
    if not high:
        return Judged("utf-8", ascii=True)
    if unicode.good and unicode.bad * DAMAGED_ONE_IN <= unicode.good:
        return Judged("utf-8", unicode.bad)
    best = max(SINGLE_BYTE, key=lambda one: _score(high, one))
    return Judged(best, sum(count for byte, count in high.items() if _undefined(byte, best)))


def _marked(start: bytes) -> str | None:
    """The encoding that a byte order mark names, or that every other byte being zero betrays."""
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return encoding
    head = start[:FIRST_LETTERS]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros and not any(zeros):
            return encoding
    return None


class _Unicode:
    """Counts the characters above ASCII that are whole UTF-8, and the bytes that are not."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.good = 0
        self.bad = 0

    def feed(self, chunk: bytes) -> None:
        """Count one more piece of the text."""
        # Never told that the text has ended: a file may be cut off in the middle of a letter.
        text = self._decoder.decode(chunk)

        bad = text.count("\ufffd")
        self.bad += bad
        self.good += len(text) - len(text.encode("ascii", "ignore")) - bad


def _score(high: dict[int, int], encoding: str) -> float:
    """How probable the bytes above ASCII are as Russian in an encoding, as a logarithm."""
    return sum(count * math.log(_weight(byte, encoding)) for byte, count in high.items())


def _weight(byte: int, encoding: str) -> float:
    letter = bytes([byte]).decode(encoding, "replace")
    small = letter.lower()
    if small in FREQUENT:
        return FREQUENT[small] * (1.0 if letter == small else CAPITAL)
    return SYMBOLS.get(letter, STRANGE)


def _undefined(byte: int, encoding: str) -> bool:
    return bytes([byte]).decode(encoding, "replace") == "\ufffd"
