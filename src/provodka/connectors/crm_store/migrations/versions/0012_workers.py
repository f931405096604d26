"""Who is at work on the outbox: leases, and tokens that fence off whoever has lost one."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0012"
down_revision = "0011"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script; an errand is held by a worker, by its number."""
    script = (SQL / "0012_workers.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget the workers; an errand that a person has dropped was refused."""
    op.execute((SQL / "0012_workers_undone.sql").read_text(encoding="utf-8"))
