"""Months that have left the journal: the archives are rewritten without the person."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from provodka.connectors.crm_store.engine import dump_json, load_json
from provodka.connectors.crm_store.people_places import PLACES
from provodka.connectors.crm_store.people_traits import WIPED, Traits

__all__ = ["Archives", "rewrite"]

IMAGES = ("before", "after")
LONGEST_FIELD = 1 << 30
NEVER = r"(?!)"
WIPES = {place.kind: place.wiped for place in PLACES}


class Archives:
    """Looks for a person in archived months, and takes them out on request."""

    def __init__(self, files: Sequence[Path], documents: Collection[str], traits: Traits) -> None:
        csv.field_size_limit(LONGEST_FIELD)
        self._files = [file for file in files if file.is_file()]
        self._documents = frozenset(documents)
        pattern = traits.pattern()
        self._found = re.compile(pattern, re.IGNORECASE) if pattern else None
        self._hint = re.compile(traits.hints() or NEVER)

    def count(self) -> int:
        """How many lines tell of the person."""
        return sum(cleaned != line for file in self._files for line, cleaned in self._lines(file))

    def clean(self) -> int:
        """Rewrite every file that does; how many lines were changed. Each is there whole always."""
        return sum(rewrite(file, self._lines(file)) for file in self._files)

    def _lines(self, file: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as opened:
            for line in csv.DictReader(opened):
                yield line, self._cleaned(line)

    def _cleaned(self, line: dict[str, str]) -> dict[str, str]:
        made = dict(line)
        wiped: Mapping[str, Any] = {}
        if line["document"] in self._documents and not line["part"]:
            wiped = WIPES.get(line["kind"], {})
        for name in IMAGES:
            if wiped or self._hint.search(line[name]):
                image = load_json(line[name] or "null")
                cleaned = self._without(_instead(image, wiped))
                if cleaned != image:
                    made[name] = dump_json(cleaned)
        return made

    def _without(self, value: Any) -> Any:
        if self._found is None:
            return value
        if isinstance(value, str):
            return self._found.sub(WIPED, value)
        if isinstance(value, list):
            return [self._without(one) for one in value]
        if isinstance(value, dict):
            return {self._without(name): self._without(one) for name, one in value.items()}
        return value


def rewrite(file: Path, lines: Iterator[tuple[dict[str, str], dict[str, str]]]) -> int:
    """Write the second of each pair in place of the first; how many differ."""
    changed = 0
    partial = file.with_name(f"{file.name}.partial")
    with gzip.open(partial, "wt", encoding="utf-8", newline="") as output:
        writer: csv.DictWriter[str] | None = None
        for line, cleaned in lines:
            if writer is None:
                writer = csv.DictWriter(output, list(line), lineterminator="\n")
                writer.writeheader()
            writer.writerow(cleaned)
            changed += cleaned != line
    if changed:
        partial.replace(file)
    else:
        partial.unlink()
    return changed


def _instead(image: Any, wiped: Mapping[str, Any]) -> Any:
    if not isinstance(image, dict):
        return image
    there = {name for name in wiped if image.get(name) is not None}
    return {name: wiped[name] if name in there else value for name, value in image.items()}
