"""One statement may write on behalf of many: the journal asks the reason of each document."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0032"
down_revision = "0031"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Let `hub.reasons` name origin, cause and depth of each document that is written."""
    script = (SQL / "0032_reasons.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """One origin, cause and depth for all that a statement writes."""
    script = (SQL / "0032_reasons_undone.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())
