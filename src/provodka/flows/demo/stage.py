"""Where a demonstration plays: its corner of the data folder, its settings, its rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment

__all__ = ["ROMASHKA", "WATER", "Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One company of the sandbox: `folder` within the data folder, `rules` besides the usual.

    It never mixes with a real hub, whatever database the environment names.
    """

    folder: str
    rules: tuple[str, ...] = ()

    def corner(self, environment: Environment) -> Environment:
        """The company's own place, with an embedded database of its own."""
        home = environment.home / self.folder
        own = {"home": home, "config": home / "hub.yaml", "database_url": None}
        return environment.model_copy(update=own)

    def settings(self, home: Path, sandbox: dict[str, Any], *, reads_mail: bool = False) -> Path:
        """Write the company's `hub.yaml` for a living sandbox; returns the file."""
        written = write_settings(home, sandbox, reads_mail=reads_mail)
        if self.rules:
            rules = f"rules: [{', '.join(self.rules)}]\n"
            written.write_text(written.read_text(encoding="utf-8") + rules, encoding="utf-8")
        return written


ROMASHKA = Stage("demo")
WATER = Stage("demo-water", ("water_delivery",))
