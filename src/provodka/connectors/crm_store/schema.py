"""Bring a database to the newest schema, safely when several processes try at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

__all__ = ["is_current", "migrate"]

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_365_001


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this version of the hub expects."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": "hub"})
    return (
        context.get_current_revision() == ScriptDirectory.from_config(_config()).get_current_head()
    )


def migrate(engine: Engine) -> bool:
    """Create or upgrade the store in one transaction; `True` if anything was done."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS hub"))
        if is_current(connection):
            return False
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return True
