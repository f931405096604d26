"""Signatures, disclaimers and banners at the edges of what somebody wrote."""

from __future__ import annotations

from provodka.connectors.mail.understanding.reply_forms import (
    BANNER,
    CLOSING,
    DISCLAIMER,
    LIST_FOOTER,
    SENT_FROM,
    SENT_FROM_LAST,
)

__all__ = ["without_banner", "without_signature"]

LONGEST_SIGNATURE = 15
LONGEST_LINE = 90
LONGEST_TRAILER = 3


def without_signature(lines: list[str]) -> list[str]:
    """The lines up to the first sure sign that only a signature follows."""
    kept: list[str] = []
    left = sum(1 for line in lines if line.strip())
    said = False
    for place, line in enumerate(lines):
        left -= bool(line.strip())
        if SENT_FROM.fullmatch(line):
            if left <= LONGEST_TRAILER:
                return kept
            continue
        # A program nobody has heard of is believed in the very last line only.
        if not left and not (kept and kept[-1].strip()) and SENT_FROM_LAST.fullmatch(line):
            return kept
        if _ends_here(lines, place, left, said=said):
            return kept
        said = said or bool(line.strip())
        kept.append(line)
    return kept


def without_banner(lines: list[str]) -> list[str]:
    """The lines without the warning that a mail server put over a letter from outside."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if first >= len(lines) or not BANNER.fullmatch(lines[first]):
        return lines
    end = first
    while end < len(lines) and lines[end].strip():
        end += 1
    # A letter that is all one paragraph has no banner of its own.
    return lines[end:] if any(line.strip() for line in lines[end:]) else lines


def _ends_here(lines: list[str], place: int, left: int, *, said: bool) -> bool:
    """Whether a signature begins at `place`; `left` lines with something in them follow."""
    line = lines[place]
    if line.rstrip() in {"--", "- --"}:
        return left <= LONGEST_SIGNATURE * 2
    if DISCLAIMER.match(line[:500]):
        return said
    if LIST_FOOTER.fullmatch(line):
        return any("mailing list" in one.lower() for one in lines[place + 1 : place + 4])
    if said and left <= LONGEST_SIGNATURE and CLOSING.fullmatch(line):
        following = lines[place + 1 :]
        return all(len(one) <= LONGEST_LINE or DISCLAIMER.match(one[:500]) for one in following)
    return False
