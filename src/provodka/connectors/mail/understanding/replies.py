"""What the writer of a letter added: without quotes, signatures, disclaimers and banners.

Answers written between quoted lines are kept. A text is cut once too little rather than
once too much: what is not certain to be a quote or a signature stays.
"""

from __future__ import annotations

import re

from provodka.connectors.mail.understanding.reply_forms import (
    QUOTE_END,
    SEPARATOR,
    is_quote_line,
    mail_header,
)
from provodka.connectors.mail.understanding.signatures import without_banner, without_signature

__all__ = ["reply_text"]

MOST_CHARACTERS = 200_000
MOST_LINES = 2000
LONGEST_INTRODUCTION = 5
LONGEST_HEAD = 7
RULE = re.compile(r"\s*[-_=*—]{4,}\s*")
WRAPPED = 60


def reply_text(text: str) -> str:
    """The writer's own words in `text` (line feeds alone); "" where there are none."""
    lines = text[:MOST_CHARACTERS].split("\n")[:MOST_LINES]
    kept: list[list[str]] = [[]]
    place = 0
    while place < len(lines):
        taken, ends = _quotation(lines, place)
        if ends:
            while kept[-1] and (not kept[-1][-1].strip() or RULE.fullmatch(kept[-1][-1])):
                kept[-1].pop()
            break
        if taken:
            kept.append([])
            place += taken
        else:
            kept[-1].append(lines[place])
            place += 1
    kept[0] = without_banner(kept[0])
    fragments = ("\n".join(without_signature(fragment)).strip() for fragment in kept)
    return "\n\n".join(fragment for fragment in fragments if fragment)


def _quotation(lines: list[str], place: int) -> tuple[int, bool]:
    """How many lines from here are quotation, and whether all the rest is."""
    line = lines[place]
    if line.lstrip(" ").startswith(">"):
        return _quoted_run(lines, place), False
    if not line.strip():
        return 0, False
    length = _introduction(lines, place) or _head(lines, place)
    if not length:
        return 0, False
    following = next((one for one in lines[place + length :] if one.strip()), "")
    if following.lstrip().startswith(">"):
        return length, False
    return length, True


def _quoted_run(lines: list[str], place: int) -> int:
    """Quoted lines, and the ends of long ones that a program broke without marking them."""
    end = place + 1
    while end < len(lines):
        marked = lines[end].lstrip(" ").startswith(">")
        broken = (
            lines[end].strip()
            and len(lines[end - 1]) > WRAPPED
            and len(lines[end]) < WRAPPED
            and end + 1 < len(lines)
            and lines[end + 1].lstrip(" ").startswith(">")
        )
        if not marked and not broken:
            break
        end += 1
    return end - place


def _introduction(lines: list[str], place: int) -> int:
    """The number of lines of "On …, somebody wrote:" that begins here, or 0."""
    if SEPARATOR.fullmatch(lines[place]):
        return 1
    joined = ""
    for length in range(1, LONGEST_INTRODUCTION + 1):
        if place + length > len(lines) or not lines[place + length - 1].strip():
            return 0
        line = lines[place + length - 1].strip()
        if length > 1 and line.startswith(">"):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > 600:
            return 0
        if QUOTE_END.search(line[-200:]) and is_quote_line(joined):
            return length if not _starts_later(lines, place, length) else 0
    return 0


def _starts_later(lines: list[str], place: int, length: int) -> bool:
    """Whether fewer of these lines introduce as well: the first ones are the writer's own."""
    for skipped in range(1, length):
        later = " ".join(line.strip() for line in lines[place + skipped : place + length])
        if is_quote_line(later, whole=True):
            return True
    return False


def _head(lines: list[str], place: int) -> int:
    """The number of lines of a copied letter's head (From:, Sent:, To: …), or 0."""
    start = place
    while start < len(lines) and start - place < 2 and RULE.fullmatch(lines[start]):
        start += 1
    if start > place:
        start += sum(1 for line in lines[start : start + 1] if not line.strip())
    if start >= len(lines) or not mail_header(lines[start]):
        return 0
    kinds, last = [], start
    for number, line in enumerate(lines[start : start + LONGEST_HEAD * 2]):
        if kind := mail_header(line):
            kinds.append(kind)
            last = start + number
        elif number - (last - start) > 2:
            break
    enough = len(kinds) >= 3 or (len(kinds) == 2 and "@" in lines[start])
    return last + 1 - place if enough and "sender" in kinds else 0
