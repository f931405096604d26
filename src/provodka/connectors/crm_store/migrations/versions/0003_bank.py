"""Bank statements: files, documents, candidates; the payer's own document on a payment."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0003_bank.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget what banks have said."""
    op.execute(
        "DROP TABLE hub.bank_candidate, hub.bank_mention, hub.bank_document, hub.bank_file;"
        " ALTER TABLE crm.payment DROP COLUMN incoming_number, DROP COLUMN incoming_date"
    )
