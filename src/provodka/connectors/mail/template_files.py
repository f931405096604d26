"""A letter's template as it lies on the disk: one YAML file, or a folder of files."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from provodka.connectors.mail.bodies import Attachment, pictures_of
from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, load_yaml

__all__ = ["Services", "TemplateFiles", "read_files"]

BLOCK_SCALAR = re.compile(r":\s*[|>][-+\d]*\s*(#.*)?$")
FOLDER_FILES = {"subject": "subject.txt", "text": "text.txt", "html": "html.html"}
OPTIONS_FILE = "letter.yaml"


class Services(BaseModel):
    """What a template asks of those who send and open its letters.

    `mailing`: people may refuse further ones. `receipt`: the reader's program is asked to tell
    that the letter was opened. `pixel`: opens are counted, where the settings allow it at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mailing: bool = False
    receipt: bool = False
    pixel: bool = False


class _Described(Services):
    subject: str
    text: str
    html: str | None = None
    attachments: list[str] = []
    inline: list[str] = []


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """The sources by part (`subject`, `text`, `html`) with their places, and the files."""

    sources: dict[str, tuple[str, Place]]
    attachments: tuple[Attachment, ...]
    pictures: tuple[Attachment, ...]
    services: Services


def read_files(path: Path) -> TemplateFiles:
    """Read a template file or folder.

    Raises `ConfigurationError` with file and line for a missing part or file, an unknown key, or
    a picture that the HTML shows and nobody has put there.
    """
    found = _from_folder(path) if path.is_dir() else _from_yaml(path)
    if "html" in found.sources:
        source, place = found.sources["html"]
        given = {one.name for one in found.pictures}
        for name in pictures_of(source):
            # A name that is filled in is known only when the letter is.
            if name not in given and "{" not in name:
                raise _no_file(place, name)
    return found


def _from_folder(folder: Path) -> TemplateFiles:
    sources = {}
    for name, file_name in FOLDER_FILES.items():
        file = folder / file_name
        if file.is_file():
            sources[name] = (file.read_text(encoding="utf-8-sig"), Place(file))
        elif name != "html":
            raise _no_file(Place(folder), file_name)
    options = folder / OPTIONS_FILE
    services = load_yaml(options).parse(Services) if options.is_file() else Services()
    return TemplateFiles(
        sources, _all_in(folder / "attachments"), _all_in(folder / "inline"), services
    )


def _all_in(folder: Path) -> tuple[Attachment, ...]:
    return tuple(map(_attachment, sorted(folder.iterdir()))) if folder.is_dir() else ()


def _from_yaml(path: Path) -> TemplateFiles:
    yaml = load_yaml(path)
    described = yaml.parse(_Described)
    texts = {"subject": described.subject, "text": described.text, "html": described.html}
    sources = {n: (text, _first_line(yaml, n)) for n, text in texts.items() if text is not None}
    return TemplateFiles(
        sources,
        _beside(yaml, "attachments", described.attachments),
        _beside(yaml, "inline", described.inline),
        Services(mailing=described.mailing, receipt=described.receipt, pixel=described.pixel),
    )


def _beside(yaml: LocatedYaml, key: str, names: list[str]) -> tuple[Attachment, ...]:
    """Files beside the template, and never elsewhere."""
    folder = yaml.path.parent
    files = []
    for index, name in enumerate(names):
        file = folder / name
        if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
            raise _no_file(yaml.place(key, index), name)
        files.append(_attachment(file))
    return tuple(files)


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
