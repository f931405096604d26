"""Who decided a conflict and how; documents of a page at which a stream stopped."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Add the columns and the state from the frozen script."""
    script = (SQL / "0006_decisions.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget who decided, and what stopped a stream."""
    op.execute(
        "ALTER TABLE hub.conflict DROP COLUMN taken, DROP COLUMN resolved_by;"
        " DELETE FROM hub.quarantine WHERE state = 'stopped';"
        " ALTER TABLE hub.quarantine DROP CONSTRAINT ck_quarantine_state_known,"
        " ADD CONSTRAINT ck_quarantine_state_known CHECK (state IN ('open', 'healed'));"
        " COMMENT ON COLUMN hub.quarantine.state IS"
        " 'Отложен или принят при повторе: open | healed'"
    )
