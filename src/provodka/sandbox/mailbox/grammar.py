"""Arguments of IMAP commands: atoms, strings, lists and sets of numbers (RFC 3501 §9)."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)*)"|([()])|([A-Za-z0-9.]+\[[^\]]*\](?:<[\d.]+>)?|[^\s()"]+))'
)


class Syntax(ValueError):
    """A command that cannot be understood (BAD)."""


def arguments(text: str) -> list[object]:
    """Nested lists of strings; quotes are taken off."""
    stack: list[list[object]] = [[]]
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise Syntax("cannot parse the arguments")
        position = match.end()
        quoted, bracket, atom = match.groups()
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            if len(stack) == 1:
                raise Syntax("unbalanced brackets")
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else atom)
    if len(stack) != 1:
        raise Syntax("unbalanced brackets")
    return stack[0]


def in_set(number: int, text: str, largest: int) -> bool:
    """Whether a number is in `2,4:7,9:*`. `n:*` always holds the largest number there is."""
    for part in text.split(","):
        first, _, last = part.partition(":")
        start = _number(first, largest)
        end = _number(last, largest) if last else start
        if min(start, end) <= number <= max(start, end):
            return True
    return False


def is_set(text: str) -> bool:
    """Whether an argument is a set of numbers."""
    return re.fullmatch(r"(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*", text) is not None


def _number(text: str, largest: int) -> int:
    if text == "*":
        return largest
    if not text.isdigit():
        raise Syntax("not a number in a set")
    return int(text)
