"""What a dispatcher asks at each call: by words of a name, by orders that wait, by a window."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0034"
down_revision = "0033"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Let names and addresses be found by their words, and orders hold a comment and a window."""
    _run("0034_desk")


def downgrade() -> None:
    """Forget comments and windows of orders."""
    _run("0034_desk_undone")


def _run(name: str) -> None:
    script = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())
