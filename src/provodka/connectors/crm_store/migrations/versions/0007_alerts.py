"""What people have been warned of, and runs whose process has died."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script; runs may have been interrupted."""
    script = (SQL / "0007_alerts.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget the alerts; an interrupted run has failed."""
    op.execute("DROP TABLE hub.alert")
    op.execute("UPDATE hub.run SET state = 'failed' WHERE state = 'interrupted'")
    op.execute("ALTER TABLE hub.run DROP CONSTRAINT ck_run_state_known")
    op.execute(
        "ALTER TABLE hub.run ADD CONSTRAINT ck_run_state_known"
        " CHECK (state IN ('running', 'done', 'set_aside', 'failed'))"
    )
