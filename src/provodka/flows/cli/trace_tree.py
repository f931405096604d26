"""A trace as lines of trees for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from provodka.dashboards.insight.life_words import SORTS, LifeWords, stands
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.trace import Change, Effect, Errand, Node, Trace
from provodka.dashboards.insight.values import Values
from provodka.dashboards.insight.wording import who
from provodka.flows.cli.screen import Branch
from provodka.foundation.i18n import _

__all__ = ["TraceTrees"]

STYLES = {"insert": "green", "update": "", "delete": "red"}
STATE_STYLES = {"delivered": "green", "flagged": "yellow", "unsure": "yellow", "dead": "red"}


class TraceTrees:
    """Draws a trace; times are told in `zone`, or in this computer's."""

    def __init__(self, found: Trace, zone: tzinfo | None = None) -> None:
        self.found = found
        self.words = LifeWords(found, Values(found.names, found.stages, zone))

    def history(self) -> Branch:
        """The causal tree, in the order of time."""
        found = self.found
        if found.document is None:
            return Branch(
                _("«{asked}» в хабе нет: не был принят").format(asked=found.asked), "bold"
            )
        root = Branch(f"{kind_title(found.kind or '')} {found.title} ({found.document})", "bold")
        if found.came_from:
            root.add(_("откуда: {origin}").format(origin=who(found.came_from)))
        if found.standing:
            root.add(_("сейчас: {told}").format(told=stands(found.standing)), "bold")
        for node in found.roots:
            self._hang(root, node)
        return root

    def marks(self) -> Iterator[Branch]:
        """What stands beside the history: one tree for each sort that there is."""
        if self.found.standing and self.found.standing.papers:
            papers = [Branch(self.words.paper(one)) for one in self.found.standing.papers]
            yield Branch(_("Оплаты и отгрузки по этому счету"), "bold", papers)
        for sort in SORTS:
            mine = [mark for mark in self.found.marks if mark.about == sort]
            if mine:
                told = [Branch(self.words.mark(mark)) for mark in mine]
                yield Branch(self.words.sort_title(sort), "bold", told)

    def _hang(self, under: Branch, node: Node) -> None:
        if isinstance(node, Effect):
            branch = under.add(self._line(node, self.words.effect(node)), "magenta")
        elif isinstance(node, Errand):
            branch = self._errand(under, node)
        else:
            branch = self._change(under, node)
        for below in node.consequences:
            self._hang(branch, below)

    def _change(self, under: Branch, node: Change) -> Branch:
        line = self._line(node, self.words.change(node))
        branch = under.add(line, f"bold {STYLES[node.op]}" if node.own else STYLES[node.op])
        for entry in node.entries:
            for told in self.words.entry(node.kind, entry):
                branch.add(told, "dim")
        return branch

    def _errand(self, under: Branch, node: Errand) -> Branch:
        line = self._line(node, self.words.errand(node))
        branch = under.add(line, STATE_STYLES.get(node.state, "cyan"))
        for note in self.words.errand_notes(node):
            branch.add(note, "dim")
        for trouble in self.words.errand_troubles(node):
            branch.add(trouble, "yellow")
        return branch

    def _line(self, node: Node, told: str) -> str:
        return f"{self.words.at(node.at)}  {told}"
