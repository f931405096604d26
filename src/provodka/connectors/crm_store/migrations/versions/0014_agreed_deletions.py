"""Deletions on which both sides had agreed before snapshots remembered them."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Put them into the snapshots, by the frozen script."""
    script = (SQL / "0014_agreed_deletions.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Take them out again."""
    op.execute(
        "UPDATE hub.binding SET snapshot = (snapshot::jsonb - 'deleted_at')::json"
        " WHERE snapshot::jsonb ? 'deleted_at'"
    )
