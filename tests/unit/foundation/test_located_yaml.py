"""A file that is no YAML is a message about that file, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.located_yaml import parse_yaml

HERE = Path("rules.yaml")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "- " * 100_000, "{a: " * 5_000, "a: \x00", "a: [1", "a: *nobody", "\ta: 1"],
    ids=["brackets", "dashes", "braces", "no character", "unfinished", "no anchor", "tab"],
)
def test_what_is_no_yaml_is_named_with_its_file(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_yaml(text, HERE)
    assert refused.value.code == "bad_yaml"
    assert "rules.yaml" in str(refused.value)
    assert len(str(refused.value)) < 500
