"""Where a command works: its options, its settings, its store or hub, and its screen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer import Context

from provodka.flows.cli.arguments import Options

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from provodka.flows.cli.screen import Screen
    from provodka.flows.hub import Hub
    from provodka.flows.settings import Environment

__all__ = ["Desk"]


class Desk:
    """Made at the start of every command; sets the log up."""

    def __init__(self, ctx: Context) -> None:
        from provodka.foundation.logs import configure_logs

        self.options: Options = ctx.obj or Options()
        human = sys.stderr.isatty() and not self.options.json
        configure_logs(human=human, verbose=self.options.verbose)

    @cached_property
    def environment(self) -> Environment:
        """The process's environment, the command line having the last word."""
        from provodka.flows.settings import Environment

        given = {"config": self.options.config, "home": self.options.home}
        return Environment(**{name: path for name, path in given.items() if path is not None})

    @cached_property
    def screen(self) -> Screen:
        """Where results are shown."""
        from provodka.flows.cli.screen import Screen

        return Screen(json=self.options.json)

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

    @contextmanager
    def files(self) -> Iterator[Any]:
        """A hub without connections: for what only reads settings, mappings and rules."""
        from provodka.flows.hub import offline_hub

        yield offline_hub(self.environment)
