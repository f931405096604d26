"""Letter templates: Jinja2 in a sandbox, where a missing variable is an error, not a blank.

A template is one YAML file with the keys ``subject``, ``text``, ``html``, ``attachments``
(file names beside it), or a folder with ``subject.txt``, ``text.txt``, ``html.html`` and a
folder ``attachments``. ``html`` and ``attachments`` may be missing. Besides Jinja2's own,
there are two filters: ``{{ amount | money }}`` (124 000,00 ₽) and ``{{ day | date }}``.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict

from provodka.connectors.mail.messages import Attachment
from provodka.foundation.errors import ConfigurationError, DocumentError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, load_yaml
from provodka.foundation.money import Money

__all__ = ["LetterTemplate", "RenderedLetter", "compile_text", "load_template"]

BLOCK_SCALAR = re.compile(r":\s*[|>][-+\d]*\s*(#.*)?$")
Value = TypeVar("Value")
FOLDER_FILES = {"subject": "subject.txt", "text": "text.txt", "html": "html.html"}


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A template filled in; `html` is empty where the template has none."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    template: Template
    place: Place
    variables: frozenset[str]

    def render(self, values: Mapping[str, Any]) -> str:
        try:
            return self.template.render(values)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            line = self.place.line + _line_in_template(error.__traceback__) - 1
            absent = sorted(self.variables - values.keys())
            raise DocumentError(
                str(Place(self.place.path, line)),
                found=str(error),
                expected=_("заполнено всё, что называет шаблон; не передано: {names}").format(
                    names=", ".join(absent) or "—"
                ),
                next_step=_("заполните это поле документа или исправьте шаблон"),
                code="template_variable",
            ) from error


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A checked template. `variables` are the top-level names that it mentions."""

    path: Path
    variables: frozenset[str]
    parts: dict[str, _Part]
    attachments: tuple[Attachment, ...]

    def render(self, values: Mapping[str, Any]) -> RenderedLetter:
        """Fill in. Raises `DocumentError` that names what is missing and the template's line."""
        done = {name: part.render(values) for name, part in self.parts.items()}
        subject = done["subject"].strip()
        return RenderedLetter(subject, done["text"], done.get("html", ""), self.attachments)


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: str
    text: str
    html: str | None = None
    attachments: list[str] = []


def load_template(path: Path) -> LetterTemplate:
    """Load and compile a template file or folder.

    Raises `ConfigurationError` with file and line for a missing part or file, an unknown
    key, filter or test, or a syntax error.
    """
    sources, files = _from_folder(path) if path.is_dir() else _from_yaml(path)
    parts = {
        name: _compiled(source, place, autoescape=name == "html")
        for name, (source, place) in sources.items()
    }
    names = frozenset[str]().union(*(part.variables for part in parts.values()))
    return LetterTemplate(path, names, parts, tuple(map(_attachment, files)))


def compile_text(source: str, place: Place | None = None) -> Callable[[Mapping[str, Any]], str]:
    """A short text with names in ``{{ }}``, under the same rules as a letter's plain text.

    Raises `ConfigurationError` for a syntax error; what it returns fills in the text and
    raises `DocumentError` that names what is missing.
    """
    where = place or Place(Path(_("текст")))
    return _compiled(source, where, autoescape=False).render


def _compiled(source: str, place: Place, *, autoescape: bool) -> _Part:
    environment = _environment(autoescape=autoescape)
    try:
        names = meta.find_undeclared_variables(environment.parse(source))
        return _Part(environment.from_string(source), place, frozenset(names))
    except TemplateSyntaxError as error:
        raise ConfigurationError(
            Place(place.path, place.line + error.lineno - 1),
            found=str(error.message),
            expected=_("правильный шаблон Jinja2"),
            next_step=_("исправьте шаблон в этой строке"),
            code="template_syntax",
        ) from None


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=autoescape,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = _money
    environment.filters["date"] = _date
    return environment


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


Sources = dict[str, tuple[str, Place]]


def _from_folder(folder: Path) -> tuple[Sources, list[Path]]:
    sources = {}
    for name, file_name in FOLDER_FILES.items():
        file = folder / file_name
        if file.is_file():
            sources[name] = (file.read_text(encoding="utf-8-sig"), Place(file))
        elif name != "html":
            raise _no_file(Place(folder), file_name)
    attached = folder / "attachments"
    return sources, sorted(attached.iterdir()) if attached.is_dir() else []


def _from_yaml(path: Path) -> tuple[Sources, list[Path]]:
    yaml = load_yaml(path)
    described = yaml.parse(_Described)
    texts = {"subject": described.subject, "text": described.text, "html": described.html}
    sources = {n: (text, _first_line(yaml, n)) for n, text in texts.items() if text is not None}
    files = []
    for index, name in enumerate(described.attachments):
        file = path.parent / name
        if not file.is_file() or not file.resolve().is_relative_to(path.parent.resolve()):
            raise _no_file(yaml.place("attachments", index), name)
        files.append(file)
    return sources, files


def _first_line(yaml: LocatedYaml, key: str) -> Place:
    """Where the text of a value begins: a block scalar starts below its ``|``."""
    place = yaml.place(key)
    line = yaml.path.read_text(encoding="utf-8-sig").splitlines()[place.line - 1]
    return Place(place.path, place.line + bool(BLOCK_SCALAR.search(line)))


def _no_file(place: Place, name: str) -> ConfigurationError:
    return ConfigurationError(
        place,
        found=_("нет файла «{name}»").format(name=name),
        expected=_("файл рядом с шаблоном"),
        next_step=_("положите файл туда или исправьте его имя"),
        code="no_file",
    )


def _attachment(file: Path) -> Attachment:
    kind, encoding = mimetypes.guess_type(file.name)
    safe = kind if kind and not encoding else "application/octet-stream"
    return Attachment(file.name, file.read_bytes(), safe)


def _line_in_template(traceback: TracebackType | None) -> int:
    """Jinja2 rewrites tracebacks so that template frames carry the template's own lines."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
