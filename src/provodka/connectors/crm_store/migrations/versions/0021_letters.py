"""Mailboxes: how far they are read, where letters lie, their files, addresses that bounce."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0021"
down_revision = "0020"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0021_letters.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget mailboxes; letters stay as messages, those of programs as incoming ones."""
    op.execute((SQL / "0021_letters_undone.sql").read_text(encoding="utf-8"))
