"""Which parts of a letter are its text, its html and its files."""

from __future__ import annotations

from dataclasses import dataclass, field

from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.html_text import html_text
from provodka.connectors.mail.understanding.plain_text import flowed, tidy
from provodka.connectors.mail.understanding.structure import Part

__all__ = ["Body", "part_text", "sorted_parts"]

MOST_TEXT = 1_000_000
MOST_TEXT_IN_ALL = 2_000_000
REPORTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
    }
)


@dataclass(slots=True)
class Body:
    """A letter's parts by what they are for; texts are decoded, in their order."""

    texts: list[str] = field(default_factory=list, repr=False)
    htmls: list[str] = field(default_factory=list, repr=False)
    files: list[Part] = field(default_factory=list)
    calendars: list[Part] = field(default_factory=list)
    reports: list[Part] = field(default_factory=list)
    enclosed: list[Part] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)

    @property
    def html(self) -> str:
        """All html of the letter; several pieces one after another."""
        return "\n".join(self.htmls)

    def text(self) -> str:
        """The readable text: the plain one, else the html as text."""
        plain = "\n\n".join(filter(None, map(str.strip, self.texts)))
        return tidy(plain or "\n\n".join(map(html_text, self.htmls)))


def part_text(part: Part, problems: set[str]) -> str:
    """A text part's decoded text; at most a million bytes of it."""
    content = part.content(MOST_TEXT)
    if len(content) == MOST_TEXT:
        problems.add("text_cut")
    text, problem = decoded_text(content, part.options.get("charset", ""))
    if problem:
        problems.add(problem)
    if part.options.get("format", "").lower() == "flowed":
        text = flowed(text, delsp=part.options.get("delsp", "").lower() == "yes")
    return text


def sorted_parts(root: Part) -> Body:
    """Sort the parts of a letter. Letters within it are files, their parts are not taken."""
    body = Body()
    waiting: list[tuple[Part, str]] = [(root, "")]
    while waiting:
        part, around = waiting.pop()
        if part.content_type.startswith("multipart/") and part.children:
            waiting.extend((child, part.content_type) for child in reversed(part.children))
        else:
            _sort(body, part, around)
    if not body.texts and not body.htmls:
        _take_named_text(body)
    return body


def _take_named_text(body: Body) -> None:
    """Some programs give the text itself a file's name: the first such part is the text."""
    for part in body.files:
        if part.content_type in {"text/plain", "text/html"} and part.disposition != "attachment":
            body.files.remove(part)
            _take_text(body, part, "")
            return


def _sort(body: Body, part: Part, around: str) -> None:
    if part.content_type in REPORTS:
        body.reports.append(part)
    elif part.content_type in {"text/rfc822-headers", "message/global-headers"}:
        body.enclosed.append(part)
    elif part.content_type.startswith("message/"):
        body.enclosed.extend(part.children[:1])
        body.files.append(part)
    elif part.content_type in {"text/calendar", "application/ics"}:
        body.calendars.append(part)
        if part.file_name or part.disposition == "attachment":
            body.files.append(part)
    elif _is_text(part):
        _take_text(body, part, around)
    elif part.start < part.end or part.file_name:
        body.files.append(part)


def _is_text(part: Part) -> bool:
    if part.content_type not in {"text/plain", "text/html", "text/enriched"}:
        return False
    return part.disposition != "attachment" and not part.file_name


def _take_text(body: Body, part: Part, around: str) -> None:
    taken = sum(map(len, body.texts)) + sum(map(len, body.htmls))
    if taken > MOST_TEXT_IN_ALL:
        body.problems.add("text_cut")
        return
    text = part_text(part, body.problems)
    if part.content_type == "text/enriched":
        body.texts.extend([] if body.texts or body.htmls else [html_text(text)])
    elif part.content_type == "text/html":
        body.htmls.append(text)
    elif text.strip():
        body.texts.append(text)
    # Outside of alternatives html and text follow each other and belong together.
    if around == "multipart/mixed" and part.content_type == "text/html" and body.texts:
        body.texts.append(html_text(text))
