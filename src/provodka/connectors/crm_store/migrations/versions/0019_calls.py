"""What is known of a call beyond its outcome, calls of two sources, calls that go on now."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0019"
down_revision = "0018"

SQL = Path(__file__).parents[1] / "sql"
ADDED = (
    *("ended_at", "hold_seconds", "queue", "rung", "transfers", "forwarded_to", "voicemail"),
    *("menu", "recording", "recording_until", "contact_id", "called_back_at", "called_back_id"),
)


def upgrade() -> None:
    """Add the columns and tables from the frozen script."""
    script = (SQL / "0019_calls.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget it; the logs tell most of it again when they are read from their beginning."""
    op.execute("DROP TABLE hub.call_source, hub.live_call")
    op.execute("DROP INDEX crm.ix_call_number, crm.ix_interaction_client, crm.ix_task_client")
    dropped = ", ".join(f"DROP COLUMN {name}" for name in ADDED)
    op.execute(f"ALTER TABLE crm.call {dropped}")
    op.execute("CREATE INDEX ix_call_number ON crm.call (client_number)")
    op.execute("CREATE INDEX ix_interaction_client ON crm.interaction (client_id)")
