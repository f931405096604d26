"""Reports of sweeps, and how far history has been read."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0011_sweeps.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget what was found and how far history was read."""
    op.execute("DROP TABLE hub.sweep, hub.backfill_window")
