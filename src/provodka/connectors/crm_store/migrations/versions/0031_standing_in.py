"""Tasks that substitutes have, files of documents, consent to being shown advertisements."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0031"
down_revision = "0030"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create them from the frozen script."""
    _run("0031_standing_in")


def downgrade() -> None:
    """Drop them: tasks stay with whom they are with now."""
    _run("0031_standing_in_undone")


def _run(name: str) -> None:
    script = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())
