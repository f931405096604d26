"""Letter templates: Jinja2 in a sandbox, where a missing variable is an error, not a blank.

How long a text may take and how much it may make is bounded (`template_bounds`).

A template is one YAML file with the keys ``subject``, ``text``, ``html``, ``attachments`` and
``inline`` (names of files beside it; those of ``inline`` are shown in the HTML by ``cid:name``),
``mailing``, ``receipt``, ``pixel``; or a folder with ``subject.txt``, ``text.txt``, ``html.html``,
the folders ``attachments`` and ``inline``, and ``letter.yaml`` with the last three. All but
subject and text may be missing. Besides Jinja2's own, there are two filters:
``{{ amount | money }}`` (124 000,00 ₽) and ``{{ day | date }}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.exceptions import SecurityError

from provodka.connectors.mail.bodies import Attachment
from provodka.connectors.mail.template_bounds import BoundedEnvironment, TooMuch, bounded
from provodka.connectors.mail.template_files import Services, read_files
from provodka.foundation.errors import ConfigurationError, DocumentError, Place
from provodka.foundation.i18n import _, marked
from provodka.foundation.money import Money

__all__ = ["LetterTemplate", "RenderedLetter", "compile_text", "load_template"]

Value = TypeVar("Value")


UNKNOWN = (
    (
        re.compile(r"'None' has no attribute '(\w+)'"),
        marked("поля «{name}» спросить не у чего"),
    ),
    (re.compile(r"'[\w. ]+' has no attribute '(\w+)'"), marked("поля «{name}» нет")),
    (re.compile(r"'(\w+)' is undefined"), marked("имени «{name}» нет")),
)


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A template filled in; `html` is empty where the template has none."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    template: Template
    place: Place
    variables: frozenset[str]

    def render(self, values: Mapping[str, Any]) -> str:
        try:
            with bounded():
                return self.template.render(values)
        except (TooMuch, SecurityError) as error:
            raise self._refused(error) from error
        except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            absent = sorted(self.variables - values.keys())
            raise DocumentError(
                self._where(error),
                found=_in_words(str(error)),
                expected=_("заполнено всё, что называет шаблон; не передано: {names}").format(
                    names=", ".join(absent) or "—"
                ),
                next_step=_("заполните это поле документа или исправьте шаблон"),
                code="template_variable",
            ) from error

    def _refused(self, error: TooMuch | SecurityError) -> DocumentError:
        """The template does what none may, or more than it may."""
        return DocumentError(
            self._where(error),
            found=str(error),
            expected=_("шаблон, которому хватает полей документа и его строк"),
            next_step=_("напишите шаблон проще"),
            code="template_limit" if isinstance(error, TooMuch) else "template_forbidden",
        )

    def _where(self, error: Exception) -> str:
        line = self.place.line + _line_in_template(error.__traceback__) - 1
        return str(Place(self.place.path, line))


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A checked template. `variables` are the top-level names that it mentions."""

    path: Path
    variables: frozenset[str]
    parts: dict[str, _Part]
    attachments: tuple[Attachment, ...]
    pictures: tuple[Attachment, ...] = ()
    services: Services = field(default_factory=Services)

    def render(self, values: Mapping[str, Any]) -> RenderedLetter:
        """Fill in. Raises `DocumentError` that names what is missing and the template's line."""
        done = {name: part.render(values) for name, part in self.parts.items()}
        subject = done["subject"].strip()
        html = done.get("html", "")
        return RenderedLetter(subject, done["text"], html, self.attachments, self.pictures)


def _in_words(said: str) -> str:
    """What the template engine says of a name that is not there, in words of ours."""
    for pattern, words in UNKNOWN:
        found = pattern.fullmatch(said)
        if found:
            return _(words).format(name=found[1])
    return said


def load_template(path: Path) -> LetterTemplate:
    """Load and compile a template file or folder.

    Raises `ConfigurationError` with file and line for a missing part or file, an unknown
    key, filter or test, or a syntax error.
    """
    files = read_files(path)
    parts = {
        name: _compiled(source, place, autoescape=name == "html")
        for name, (source, place) in files.sources.items()
    }
    names = frozenset[str]().union(*(part.variables for part in parts.values()))
    return LetterTemplate(path, names, parts, files.attachments, files.pictures, files.services)


def compile_text(source: str, place: Place | None = None) -> Callable[[Mapping[str, Any]], str]:
    """A short text with names in ``{{ }}``, under the same rules as a letter's plain text.

    Raises `ConfigurationError` for a syntax error; what it returns fills in the text and
    raises `DocumentError` that names what is missing.
    """
    where = place or Place(Path(_("текст")))
    return _compiled(source, where, autoescape=False).render


def _compiled(source: str, place: Place, *, autoescape: bool) -> _Part:
    environment = BoundedEnvironment(autoescape=autoescape, filters=FILTERS)
    try:
        names = meta.find_undeclared_variables(environment.parse(source))
        return _Part(environment.from_string(source), place, frozenset(names))
    except TemplateSyntaxError as error:
        raise _wrong(place, error.lineno, str(error.message)) from None
    except (RecursionError, SyntaxError, TooMuch) as error:
        raise _wrong(place, 1, str(error)) from None


def _wrong(place: Place, line: int, found: str) -> ConfigurationError:
    return ConfigurationError(
        Place(place.path, place.line + line - 1),
        found=found,
        expected=_("правильный шаблон Jinja2"),
        next_step=_("исправьте шаблон в этой строке"),
        code="template_syntax",
    )


def _money(amount: Decimal) -> str:
    """A sum in roubles as people write it; a `TypeError` for anything but Decimal."""
    return str(Money(_present(amount)))


def _date(day: date) -> str:
    """A date, or the date of a moment in its own zone, as 31.01.2026."""
    return f"{_present(day):%d.%m.%Y}"


def _present(value: Value) -> Value:
    if isinstance(value, StrictUndefined):
        str(value)  # raises, and names what is missing
    return value


FILTERS: Mapping[str, Callable[..., Any]] = {"money": _money, "date": _date}


def _line_in_template(traceback: TracebackType | None) -> int:
    """Jinja2 rewrites tracebacks so that template frames carry the template's own lines."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
