"""When an invoice went to its client: a letter that sends papers marks them once it has gone."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0042"
down_revision = "0041"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the column, the table and the trigger from the frozen script."""
    script = (SQL / "0042_sent.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Know nothing of it."""
    op.execute((SQL / "0042_sent_undone.sql").read_text(encoding="utf-8"))
