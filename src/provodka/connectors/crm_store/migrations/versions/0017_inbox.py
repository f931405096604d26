"""What comes over HTTP: kept as it came, handled afterwards; visitors of sites."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0017"
down_revision = "0016"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0017_inbox.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget what has come; what was made of it stays."""
    op.execute("DROP INDEX crm.ix_visit_visitor")
    op.execute("DROP TABLE hub.inbox, hub.inbox_refusal, hub.visitor")
