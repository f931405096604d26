"""Whoever was erased does not come back by an exchange or an edit."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0039"
down_revision = "0038"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the guards from the frozen script."""
    script = (SQL / "0039_stay_erased.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Let them come back."""
    op.execute((SQL / "0039_stay_erased_undone.sql").read_text(encoding="utf-8"))
