"""People who work with the hub in a browser, what they saw and did, what was erased."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0030"
down_revision = "0029"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0030_people.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget everybody, and what they have seen and done."""
    op.execute((SQL / "0030_people_undone.sql").read_text(encoding="utf-8"))
