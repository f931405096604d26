"""Orders, the couriers' stops, returnable tare, and the memory of imported history."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0020"
down_revision = "0019"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script; stops follow tasks and deals by triggers."""
    script = (SQL / "0020_deliveries.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget orders and stops; deals tell their stages by today's clock alone."""
    driver_of(op.get_bind()).execute((SQL / "0020_deliveries_undone.sql").read_bytes())
