"""Where a command works: its options, its settings, its store or hub, and its screen."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from typer import Context

from provodka.flows.cli.arguments import Options
from provodka.foundation.errors import ConfigurationError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from provodka.flows.cli.screen import Screen
    from provodka.flows.hub import Hub
    from provodka.flows.settings import Environment

__all__ = ["Desk"]


class Desk:
    """Made at the start of every command; sets the log up.

    `quiet` commands tell by themselves what went wrong: of the log only errors, unless -v.
    """

    def __init__(self, ctx: Context, *, quiet: bool = False) -> None:
        from provodka.foundation.logs import configure_logs

        self.options: Options = ctx.obj or Options()
        human = sys.stderr.isatty() and not self.options.json
        configure_logs(human=human, verbose=self.options.verbose)
        if quiet and not self.options.verbose:
            _only_errors()

    @cached_property
    def environment(self) -> Environment:
        """The process's environment, the command line having the last word."""
        from provodka.flows.settings import Environment

        given = {"config": self.options.config, "home": self.options.home}
        named = {name: path for name, path in given.items() if path is not None}
        return Environment().model_copy(update=named)

    @cached_property
    def screen(self) -> Screen:
        """Where results are shown."""
        from provodka.flows.cli.screen import Screen

        return Screen(json=self.options.json)

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The company's time zone, if the settings can be read so far; this computer's else."""
        from zoneinfo import ZoneInfo

        from provodka.foundation.located_yaml import load_yaml

        try:
            return ZoneInfo(load_yaml(self.environment.config).data["company"]["zone"])
        except (ConfigurationError, LookupError, TypeError, ValueError):
            return None

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The whole hub, composed from `hub.yaml`."""
        from provodka.flows.hub import open_hub

        with open_hub(self.environment) as hub:
            yield hub

    @contextmanager
    def store(self) -> Iterator[Engine]:
        """The store alone, for what needs no settings."""
        from provodka.connectors.crm_store.engine import open_engine
        from provodka.flows.hub import database_url, require_schema

        engine = open_engine(database_url(self.environment))
        try:
            require_schema(engine)
            yield engine
        finally:
            engine.dispose()

    def files(self) -> Hub:
        """A hub that is connected to nothing, for what only reads settings, mappings and rules."""
        from provodka.flows.settings import load_settings

        settings, source = load_settings(self.environment.config)
        # Wrong settings are told at once: the rest takes longer to import than to read them.
        from provodka.connectors.crm_store.engine import open_engine
        from provodka.flows.hub import Hub

        return Hub(
            settings=settings,
            source=source,
            home=self.environment.home,
            engine=open_engine("postgresql://"),
            base=None,
            smtp=None,
            sent=None,
        )


def _only_errors() -> None:
    """Keep warnings out of the log of this process."""
    for name in ("", "provodka"):
        logging.getLogger(name).setLevel(logging.ERROR)
