"""Clients that a person has said are not one."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0016"
down_revision = "0015"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script."""
    script = (SQL / "0016_parted.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget it: all pairs that are alike are proposed again."""
    op.execute("DROP TABLE hub.client_apart")
