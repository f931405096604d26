"""What the READMEs tell a newcomer to type exists, and what they promise is tested."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.docs.pages import READMES, ROOT, blocks
from typer.main import get_command

from provodka.flows.cli.app import app
from provodka.flows.cli.exits import ExitCode
from provodka.flows.settings import HubSettings
from provodka.flows.standing import EXAMPLE

EACH = pytest.mark.parametrize("page", READMES.values(), ids=READMES.keys())
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
COMMAND = re.compile(r"^(provodka .*)$", re.MULTILINE)
BESIDES = {"export", "unset", ".", "psql"}


def lines(page: str) -> Iterator[list[str]]:
    """The words of every line to type in a shell."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def spoken_of(page: str) -> Iterator[list[str]]:
    """The words of every `provodka …` in a page: in blocks and in the running text."""
    yield from (words for words in lines(page) if words[0] == "provodka")
    for one in re.findall(r"`(provodka [^`]*)`", page):
        yield shlex.split(one)


def asked_for(words: list[str]) -> Iterator[str]:
    """The options in a line, up to what is another program's."""
    own = takewhile(lambda word: word != "--", words)
    return (word.partition("=")[0] for word in own if word.startswith("-"))


@cache
def program() -> Any:
    """The whole of `provodka`, which takes a moment to put together."""
    return get_command(app)


def options(command: Any) -> set[str]:
    """What a command, or the group it stands in, understands."""
    own = {name for parameter in command.params for name in parameter.opts}
    common = {name for parameter in program().params for name in parameter.opts}
    return own | common


def found(words: list[str]) -> Any:
    """The command that the words call; `AssertionError` if there is none."""
    command: Any = program()
    for word in words[1:]:
        inner = getattr(command, "commands", {})
        if word.startswith("-") or not inner:
            break
        assert word in inner, " ".join(words)
        command = inner[word]
    return command


@EACH
def test_every_command_exists_and_understands_its_options(page: str) -> None:
    for words in spoken_of(page):
        assert set(asked_for(words)) <= options(found(words)), " ".join(words)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_commands_of_the_documents_are_understood(file: Path) -> None:
    for line in COMMAND.findall(file.read_text("utf-8")):
        words = shlex.split(line, comments=True)
        assert set(asked_for(words)) <= options(found(words)), line


@EACH
def test_every_command_of_the_hub_is_in_the_table(page: str) -> None:
    told = set(re.findall(r"^\| `provodka (\w+)", page, re.MULTILINE))
    assert told == set(program().commands)


@EACH
def test_every_target_of_make_exists(page: str) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    called = {word for words in lines(page) if words[0] == "make" for word in words[1:]}
    assert {"demo", "test", "up"} <= called <= set(targets)


@EACH
def test_lines_to_type_are_of_programs_that_the_page_has_spoken_of(page: str) -> None:
    assert {words[0] for words in lines(page)} <= BESIDES | {"provodka", "make"}


@EACH
def test_the_sample_of_settings_is_accepted(page: str) -> None:
    (sample,) = blocks(page, "yaml")
    settings = HubSettings.model_validate(yaml.safe_load(sample))
    assert settings.onec is not None
    assert settings.mail is not None
    secrets = {settings.onec.password_env, settings.mail.password_env}
    assert secrets <= {word.partition("=")[0] for words in lines(page) for word in words}


@EACH
def test_the_invoice_is_the_one_that_up_offers(page: str) -> None:
    statement = EXAMPLE.partition("\n")[2]
    assert blocks(page, "sql")[0] == statement


@EACH
def test_every_test_that_a_promise_names_exists(page: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", page))
    written = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= written


@EACH
def test_exit_codes_are_those_of_the_commands(page: str) -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert told == set(ExitCode)


@EACH
def test_pictures_are_described_and_light(page: str) -> None:
    pictures = re.findall(r"!\[(.*)\]\((.*)\)", page)
    assert len(pictures) == 4
    for told, path in pictures:
        assert len(told.split()) > 5
        assert (ROOT / path).stat().st_size < 300_000


def test_both_pages_have_the_same_blocks() -> None:
    shown = [
        [re.sub(r"\s*(#|--) .*$", "", block, flags=re.MULTILINE) for block in blocks(page, r"\w+")]
        for page in READMES.values()
    ]
    assert shown[0] == shown[1]


def test_both_pages_name_the_same_tests() -> None:
    named = [re.findall(r"`(test_\w+)`", page) for page in READMES.values()]
    assert named[0] == named[1]


def test_every_page_of_the_documents_is_in_their_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = (ROOT / "docs").rglob("*.md")
    missing = [
        page.name for page in pages if page.name != "README.md" and f"{page.name})" not in index
    ]
    assert missing == []
