"""Messages of EnterpriseData: their numbers, what was in them; invoices settled by the page."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script; settle a page of invoices at once."""
    for name in ("0005_exchange.sql", "0005_settling.sql"):
        script = (SQL / name).read_text(encoding="utf-8")
        driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget which messages there were; the faster settling stays, it says the same."""
    op.execute("DROP TABLE hub.exchange_step, hub.exchange_item, hub.exchange_message")
