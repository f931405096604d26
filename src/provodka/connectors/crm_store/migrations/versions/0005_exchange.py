"""Messages of EnterpriseData: their numbers, what was in them, what came of them."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0005_exchange.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget which messages there were."""
    op.execute("DROP TABLE hub.exchange_step, hub.exchange_item, hub.exchange_message")
