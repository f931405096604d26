"""The project's pages, and the blocks and tables in them."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["CONFIGURATION", "READMES", "ROOT", "blocks", "rows", "sections"]

ROOT = Path(__file__).parents[3]
READMES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ru.md")
}
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def sections(page: str) -> dict[str, str]:
    """The text under each heading whose title is a name in backquotes, to the next heading."""
    parts = re.split(r"^#+ (.*)$", page, flags=re.MULTILINE)
    titled = zip(parts[1::2], parts[2::2], strict=True)
    return {title.strip("`"): text for title, text in titled if title.startswith("`")}


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a text's tables whose first cell is a name in backquotes."""
    found = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("| `")
    )
    return {row[0].strip("`"): row[1:] for row in found}
