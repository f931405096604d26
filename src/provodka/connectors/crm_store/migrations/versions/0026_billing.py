"""Orders in the bill of a month, and the spells in which clients buy."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0026"
down_revision = "0025"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Run the frozen script; a company owes the courier nothing, deposits neither."""
    script = (SQL / "0026_billing.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget which bill an order is in; spells are computed from orders each time."""
    op.execute(
        "DROP TABLE report.buying_spell;"
        " DROP TRIGGER close_billed ON crm.invoice; DROP FUNCTION crm.close_billed();"
        " ALTER TABLE crm.order DROP COLUMN invoice_id"
    )
