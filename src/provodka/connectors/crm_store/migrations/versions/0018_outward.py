"""What channels and calendars stand on: accounts, deliveries, the pace of sending, busy hours."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0018"
down_revision = "0017"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0018_outward.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget them; what was delivered counts as sent again."""
    op.execute("DROP TABLE hub.busy, hub.pace, hub.dispatch, crm.messenger_account")
    op.execute("UPDATE crm.message SET status = 'sent' WHERE status = 'delivered'")
    op.execute("ALTER TABLE crm.message DROP CONSTRAINT ck_message_status_known")
    op.execute(
        "ALTER TABLE crm.message ADD CONSTRAINT ck_message_status_known"
        " CHECK (status IN ('queued', 'sent', 'failed', 'unsure', 'received'))"
    )
    op.execute(
        "COMMENT ON COLUMN crm.message.status IS"
        " 'Состояние: queued | sent | failed | unsure | received'"
    )
