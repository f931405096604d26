"""Ready-made views of orders, stops, what was rendered and spells of buying, for other programs."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0045"
down_revision = "0044"

SQL = Path(__file__).parents[1] / "sql"
VIEWS = (
    "v_delivery",
    "v_delivery_line",
    "v_order",
    "v_order_line",
    "v_shipment_line",
    "v_buying_spell",
)


def upgrade() -> None:
    """Create them from the frozen script."""
    script = (SQL / "0045_more_views.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Drop them; what they read stays."""
    for name in VIEWS:
        op.execute(f"DROP VIEW report.{name}")
