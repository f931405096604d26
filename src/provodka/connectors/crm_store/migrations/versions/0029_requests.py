"""What people ask for with a button of a page."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0029"
down_revision = "0028"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script."""
    script = (SQL / "0029_requests.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget what was asked for."""
    op.execute("DROP TABLE hub.request")
