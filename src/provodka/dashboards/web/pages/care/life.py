"""The life of a document as a nested list: each change, effect and errand under what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from provodka.dashboards.insight.life_words import SORTS, LifeWords
from provodka.dashboards.insight.trace import Change, Effect, Errand, Node, Trace
from provodka.dashboards.web.pages.care.links import document_href

__all__ = ["Leaf", "beside", "leaves"]

TONES = {"delivered": "good", "flagged": "warn", "unsure": "warn", "dead": "bad"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line with its notes and what followed from it; `own` is the document's."""

    at: datetime
    line: str
    href: str
    tone: str
    own: bool
    notes: Sequence[str]
    below: Sequence[Leaf]


def leaves(found: Trace, words: LifeWords) -> list[Leaf]:
    """The trees of a trace, in the order of time."""
    return [_leaf(node, found, words) for node in found.roots]


def beside(found: Trace, words: LifeWords) -> Iterator[tuple[str, list[str]]]:
    """What stands beside the history, sort by sort."""
    for sort in SORTS:
        told = [words.mark(mark) for mark in found.marks if mark.about == sort]
        if told:
            yield words.sort_title(sort), told


def _leaf(node: Node, found: Trace, words: LifeWords) -> Leaf:
    below = [_leaf(one, found, words) for one in node.consequences]
    if isinstance(node, Effect):
        return Leaf(
            node.at, words.effect(node), f"/rules/{quote(node.rule, safe='')}", "", False, (), below
        )
    if isinstance(node, Errand):
        return _errand(node, found, words, below)
    return _change(node, found, words, below)


def _errand(node: Errand, found: Trace, words: LifeWords, below: list[Leaf]) -> Leaf:
    notes = [*words.errand_notes(node), *words.errand_troubles(node)]
    href = _elsewhere(node.kind, str(node.document), found)
    tone = TONES.get(node.state, "")
    return Leaf(node.at, words.errand(node), href, tone, False, notes, below)


def _change(node: Change, found: Trace, words: LifeWords, below: list[Leaf]) -> Leaf:
    notes = [told for entry in node.entries for told in words.entry(node.kind, entry)]
    href = _elsewhere(node.kind, str(node.document), found)
    return Leaf(node.at, words.change(node), href, "", node.own, notes, below)


def _elsewhere(kind: str, document: str, found: Trace) -> str:
    return "" if document == str(found.document) else document_href(kind, document)
