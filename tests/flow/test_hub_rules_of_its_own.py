"""A company's own rules bring their own letters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from provodka.flows.hub import Hub
from provodka.foundation.errors import ConfigurationError

RULES = """
rules:
  - name: greet
    title: Новый клиент — письмо
    when: {document_created: client}
    do:
      - send_letter: {to: client, template: own_letter}
"""


def hub_with(rules: Path) -> Hub:
    nothing = cast("Any", None)
    settings = cast("Any", SimpleNamespace(rules=(str(rules),)))
    hub = Hub(nothing, nothing, Path(), nothing, None, None, None)
    return replace(hub, settings=settings)


def test_letters_are_found_beside_the_rules_that_send_them(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    letter = tmp_path / "templates" / "own_letter"
    letter.mkdir(parents=True)
    (letter / "subject.txt").write_text("Здравствуйте", encoding="utf-8")
    (letter / "text.txt").write_text("Рады знакомству.", encoding="utf-8")
    book = hub_with(tmp_path / "rules.yaml").book
    assert [rule.name for rule in book.rules] == ["greet"]
    assert book.templates[0] == tmp_path / "templates"


def test_a_file_of_rules_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.yaml"):
        _book = hub_with(tmp_path / "absent.yaml").book
