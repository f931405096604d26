"""Html read as text: blocks on lines of their own, quotes marked with ``>``."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

__all__ = ["MOST_NODES", "html_text", "names", "parsed_html"]

MOST_CHARACTERS = 1_000_000
MOST_NODES = 40_000
MOST_QUOTES = 8
SPACES = re.compile(r"[ \t\r\n\f]+")
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
HIDDEN = re.compile(r"(?i)display\s*:\s*none|mso-hide\s*:\s*all")


def names(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


SILENT = names("head style script title noscript template object svg")
BLOCKS = names(
    "address article blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul"
)
SPACED = names("p h1 h2 h3 h4 h5 h6 ul ol blockquote table")


def parsed_html(html: str) -> HtmlElement | None:
    """The tree of an html text of any kind, or None where there is nothing in it."""
    text = UNREADABLE.sub("", html[:MOST_CHARACTERS])
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if isinstance(root, HtmlElement) else None


def html_text(html: str) -> str:
    """The text a reader would see; scripts, styles and hidden parts are left out."""
    root = parsed_html(html)
    if root is None:
        return ""
    page = _Page()
    for happened, element in _walk(root):
        if happened == "start":
            page.begin(element)
        elif happened == "end":
            page.finish(element)
        else:
            page.say(element.tail)
    return page.text()


def _walk(root: HtmlElement) -> list[tuple[str, HtmlElement]]:
    """Begin and end of each element in order; no recursion, a bounded number."""
    seen: list[tuple[str, HtmlElement]] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for happened, element in walker:
        if not isinstance(element.tag, str):
            continue
        if element.tag not in SILENT and not HIDDEN.search(element.get("style") or ""):
            seen.append((happened, element))
        elif happened == "start":
            walker.skip_subtree()
        else:
            seen.append(("left out", element))
        if len(seen) > MOST_NODES:
            break
    return seen


class _Page:
    """Lines while they grow."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._verbatim = 0

    def begin(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in BLOCKS:
            self._break(spaced=tag in SPACED)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._verbatim += 1
        elif tag == "br":
            self._end_line()
        elif tag == "hr":
            self._line.append("________________________________")
            self._end_line()
        elif tag == "li":
            self._line.append("- ")
        elif tag in {"td", "th"} and "".join(self._line).strip():
            self._line.append(" ")
        self.say(element.text)

    def finish(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS:
            self._break(spaced=element.tag in SPACED)
        if element.tag == "blockquote":
            self._quotes -= 1
        elif element.tag == "pre":
            self._verbatim -= 1
        self.say(element.tail)

    def text(self) -> str:
        self._break(spaced=False)
        while self._lines and not self._lines[-1].strip("> "):
            self._lines.pop()
        return "\n".join(self._lines).strip("\n")

    def say(self, text: str | None) -> None:
        if not text:
            return
        if self._verbatim:
            first, *others = text.split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
            return
        self._line.append(SPACES.sub(" ", text))

    def _end_line(self) -> None:
        line = "".join(self._line)
        line = line if self._verbatim else re.sub(" {2,}", " ", line).strip()
        marks = ">" * min(self._quotes, MOST_QUOTES)
        self._lines.append(f"{marks} {line}".rstrip() if marks else line)
        self._line = []

    def _break(self, *, spaced: bool) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line = []
        if spaced and self._lines and self._lines[-1].strip("> "):
            self._end_line()
