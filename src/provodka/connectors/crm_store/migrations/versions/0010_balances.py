"""Mutual settlements and stock, as the accounting base computes them."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0010"
down_revision = "0009"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0010_balances.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget the balances and which of the base's they are."""
    op.execute(
        "DROP TABLE crm.settlement_balance, crm.stock_balance;"
        " DELETE FROM hub.binding WHERE kind IN ('settlement_balance', 'stock_balance')"
    )
