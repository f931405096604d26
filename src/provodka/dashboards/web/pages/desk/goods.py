"""What may be ordered: everything with a price today, the client's usual goods first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from provodka.dashboards.insight.pricing import Quote, Wanted, quote
from provodka.dashboards.web.pages.desk.fields import count, required_key
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["FIELD", "MOST", "chosen", "cost_of", "goods_for", "today_of"]

FIELD = "item-"
MOST = 100
GOODS = text("""
    WITH priced AS (
        SELECT DISTINCT ON (product_id) product_id, amount, client_id IS NOT NULL AS by_contract
        FROM crm.price
        WHERE deleted_at IS NULL AND valid_from <= :day
          AND (client_id IS NULL OR client_id = CAST(:client AS uuid))
        ORDER BY product_id, client_id IS NULL, valid_from DESC, id DESC),
    last AS (
        SELECT l.product_id, sum(l.quantity) AS quantity FROM crm.order_lines l
        WHERE l.order_id = (SELECT o.id FROM crm.order o WHERE o.client_id = CAST(:client AS uuid)
          AND o.deleted_at IS NULL ORDER BY o.ordered_at DESC, o.id DESC LIMIT 1)
        GROUP BY l.product_id)
    SELECT p.id, p.name, p.kind, p.unit, priced.amount AS price, priced.by_contract,
      last.quantity AS usual
    FROM priced JOIN crm.product p ON p.id = priced.product_id AND p.deleted_at IS NULL
    LEFT JOIN last ON last.product_id = p.id
    ORDER BY last.quantity IS NULL, p.kind = 'service', p.name, p.id LIMIT :most
""")


def goods_for(visit: Visit, client: UUID | None) -> tuple[Sequence[Any], bool]:
    """Goods with their prices today, and whether there are more than these."""
    day = today_of(visit)
    given = {"client": client, "day": day, "most": MOST + 1}
    rows = visit.connection.execute(GOODS, given).all()
    return rows[:MOST], len(rows) > MOST


def today_of(visit: Visit) -> date:
    """The day by the company's clock."""
    return visit.now.astimezone(visit.backdrop.zone).date()


def chosen(visit: Visit) -> dict[UUID, Decimal]:
    """What a form orders: quantities by product, without those of nothing."""
    found: dict[UUID, Decimal] = {}
    for name, value in visit.form.items():
        if name.startswith(FIELD) and isinstance(value, str):
            product = required_key({"product": name.removeprefix(FIELD)}, "product", _("Товар"))
            quantity = count(value.strip(), _("Количество"))
            if quantity:
                found[product] = quantity
    return found


def cost_of(visit: Visit, client: UUID | None) -> tuple[Quote | None, ProvodkaError | None]:
    """What a form's order would cost, or why nobody can tell."""
    try:
        wanted = [Wanted(*one) for one in chosen(visit).items()]
        found = quote(visit.connection, client, wanted, today_of(visit))
    except ProvodkaError as error:
        return None, error
    return found, None
