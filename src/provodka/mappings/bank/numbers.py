"""Numbers of documents as people write them: `УТ-00012`, `yt00-000012` and `12` may be one."""

from __future__ import annotations

from typing import Literal

__all__ = ["Groups", "Likeness", "groups_of", "likeness", "plain_letters"]

Groups = tuple[str, ...]
Likeness = Literal["same", "tail", "other"]
LOOKALIKES = str.maketrans("ABCEHKMOPTXYЁ", "АВСЕНКМОРТХУЕ")


def plain_letters(text: str) -> str:
    """Capitals, Latin letters that look Russian made Russian, ё as е."""
    return text.upper().translate(LOOKALIKES)


def groups_of(number: str) -> Groups:
    """Runs of letters and of digits, without leading zeros and without runs of zeros alone.

    `СЧ00-000012` gives `("СЧ", "12")`, `12/1` gives `("12", "1")`.
    """
    runs: list[str] = []
    kind = ""
    for letter in plain_letters(number):
        now = "digit" if letter in "0123456789" else "letter" if letter.isalpha() else ""
        if now and now == kind:
            runs[-1] += letter
        elif now:
            runs.append(letter)
        kind = now
    plain = [run.lstrip("0") if run[0] in "0123456789" else run for run in runs]
    return tuple(run for run in plain if run)


def likeness(written: Groups, number: Groups) -> Likeness:
    """Whether what stands in a text is this number.

    `tail`: the text has only the last digits, as printed forms of 1C leave the prefix away.
    """
    if not written or not number:
        return "other"
    if written == number:
        return "same"
    bare = len(written) == 1 and written[0].isdigit()
    prefixed = all(not run.isdigit() for run in number[:-1])
    return "tail" if bare and prefixed and written[0] == number[-1] else "other"
