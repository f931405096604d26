"""Common options may stand anywhere on the line."""

from __future__ import annotations

import pytest

from provodka.flows.cli.arguments import choose_language, hoisted


def test_common_options_are_taken_from_behind_the_command() -> None:
    line = ["sync", "catalogs", "--json", "-c", "a.yaml", "--plan", "--home=x"]
    assert hoisted(line) == ["--json", "-c", "a.yaml", "--home=x", "sync", "catalogs", "--plan"]


def test_what_follows_two_dashes_is_left_alone() -> None:
    assert hoisted(["sandbox", "--", "--json", "-v"]) == ["sandbox", "--", "--json", "-v"]


def test_an_option_without_its_value_is_left_for_the_parser_to_refuse() -> None:
    assert hoisted(["status", "--config"]) == ["--config", "status"]


@pytest.mark.parametrize("line", [["--lang", "en", "status"], ["status", "--lang=en"]])
def test_the_language_is_put_where_texts_look_for_it(
    line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVODKA_LANG", "ru")
    choose_language(line)
    from provodka.foundation.i18n import language

    assert language() == "en"


def test_a_line_without_a_language_leaves_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROVODKA_LANG", "en")
    choose_language(["status"])
    from provodka.foundation.i18n import language

    assert language() == "en"
