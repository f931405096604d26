"""Ready-made views of the report tables for other programs, and when a report was checked."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0025"
down_revision = "0024"

SQL = Path(__file__).parents[1] / "sql"
VIEWS = ("v_stage_visit", "v_task", "v_call", "v_invoice", "v_client", "v_plan")


def upgrade() -> None:
    """Create them from the frozen script."""
    script = (SQL / "0025_report_views.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Drop them; the report tables stay."""
    for name in VIEWS:
        op.execute(f"DROP VIEW report.{name}")
    op.execute("ALTER TABLE report.call_version DROP COLUMN queue, DROP COLUMN called_back_at")
    op.execute("ALTER TABLE report.catalog DROP COLUMN checked_at")
