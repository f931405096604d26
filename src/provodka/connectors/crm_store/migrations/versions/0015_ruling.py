"""Which version of each rule is in force and who has approved it; which rules keep failing."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0015"
down_revision = "0014"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0015_ruling.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget approvals and failures: files are in force again, as they are."""
    op.execute("DROP TABLE hub.rule_health, hub.rule_release")
