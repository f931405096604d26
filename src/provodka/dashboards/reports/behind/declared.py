"""Which numbers of which tables have documents behind them, and by which facts they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from provodka.dashboards.results import Cell, Ratio, ReportQuery

__all__ = ["BEHIND", "OWN", "SHOWN_ROWS", "SPELLS", "Behind", "behind_of"]

SHOWN_ROWS = 200
"""A page shows so many rows of a table, with links to what is behind them."""
SPELLS = ("spells of buying",)
"""Facts that the question itself decides: spells as they are kept, or computed anew."""
BASIS, SOLD = "of the basis", "of the sale"
"""Kinds that a row itself, or the question, decides."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The documents behind the numbers of one table.

    `kind` is what they are, `columns` the numbers that have them. `facts` are the statements of
    `reports/sql/` that the report itself counts, `own` the one that finds its documents among
    them; `keys` are what a row is known by. `breakdowns` are empty for reports over the stage
    visits, which know theirs; `filters` are those that its question takes. `parameters` name what
    its facts have to be told besides.
    """

    kind: str
    columns: tuple[str, ...]
    own: str
    facts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("group",)
    breakdowns: tuple[str, ...] | None = None
    filters: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    def has(self, column: str, cell: Cell) -> bool:
        """Whether there is anything behind this cell."""
        if column not in self.columns:
            return False
        return bool(cell.numerator if isinstance(cell, Ratio) else cell)

    def kind_of(self, column: str, keys: Mapping[str, str], query: ReportQuery) -> str:
        """What the documents behind a row are: some tables hold several kinds."""
        if self.kind == BASIS:
            return {"shipped": "shipment", "paid": "payment"}.get(keys.get("basis", ""), "deal")
        if self.kind == SOLD:
            return "shipment" if query.where.get("basis") == "shipments" else "order"
        return "call" if self.kind == "order" and column == "calls" else self.kind


PIPELINE = ("scenario", "group", "stage")
CLOSED = ("scenario", "group")
TASKS = Behind(
    "task",
    (
        *("due", "on_time", "late", "overdue", "failed", "moved", "moved_late", "ahead"),
        *("cancelled", "deleted", "share"),
    ),
    "behind_tasks",
    ("tasks",),
    breakdowns=("executor", "department", "client_kind", "kind", "day", "week", "month"),
    filters=("executor", "department", "client_kind", "kind"),
    parameters=("calendar",),
)
PLAN = Behind(
    BASIS,
    ("papers", "amount"),
    "behind_plan",
    ("plan",),
    ("basis", "group"),
    ("manager", "department", "day", "week", "month"),
    ("manager", "department"),
)
CALLS = Behind(
    "call",
    ("calls", "answered", "missed", "abandoned", "other", "share", "back"),
    "behind_calls",
    ("calls",),
    ("direction", "group"),
    ("operator", "department", "source", "client_kind", "hour", "day", "week", "month"),
    ("operator", "department", "source", "client_kind", "direction"),
    ("back",),
)
INVOICES = Behind(
    "invoice",
    (
        *("issued", "amount", "entered", "troubled", "paid", "partly", "unpaid", "paid_amount"),
        *("overdue", "overdue_amount", "shipped", "shipped_amount", "deleted", "unposted"),
        *("foreign_invoices", "paid_share"),
    ),
    "behind_invoices",
    ("invoices",),
    breakdowns=("manager", "department", "client", "client_kind", "source", "day", "week", "month"),
    filters=("manager", "department", "client", "client_kind", "source"),
)
CLIENTS = Behind(
    "client",
    (
        *("clients", "legal_entities", "individuals", "complete", "twice_inn", "twice_phone"),
        *("twice_email", "twice", "unplanned", "nobodys"),
    ),
    "behind_clients",
    ("client_base",),
    breakdowns=("manager", "department", "client_kind", "source", "month"),
    filters=("manager", "department", "client_kind", "source"),
)
LOST = Behind(
    "client",
    ("active_before", "begun", "returned", "lost", "one_time", "active_after", "rate"),
    "behind_lost",
    SPELLS,
    breakdowns=("client_kind",),
    filters=("client_kind",),
    parameters=("payer",),
)
STOPS = Behind(
    "delivery",
    (
        *("stops", "on_time", "late", "failed", "rescheduled", "reassigned", "cancelled"),
        *("waiting", "first_rate", "perfect_rate"),
    ),
    "behind_stops",
    ("couriers",),
    breakdowns=("courier", "client_kind", "day", "week", "month"),
    filters=("courier", "client_kind"),
    parameters=("cutoff",),
)
ORDERS = Behind(
    "order",
    ("received", "confirmed", "delivered", "cancelled", "handled", "calls", "amount"),
    "behind_orders",
    ("orders_handled",),
    breakdowns=("operator", "client_kind", "day", "week", "month"),
    filters=("operator", "client_kind"),
)
BEHIND: Mapping[tuple[str, str], Behind] = {
    ("funnel", "cohort"): Behind(
        "deal",
        ("reached", "conversion", "pending", "visited", "skipped", "of_cohort", "within", "cohort"),
        "behind_cohort",
        ("cohort_walk",),
        PIPELINE,
    ),
    ("funnel", "flow"): Behind("deal", ("entered", "again"), "behind_flow", keys=PIPELINE),
    ("funnel", "wins"): Behind(
        "deal",
        (
            "won",
            "lost",
            "win_rate",
            "won_amount",
            "reopened",
            "cohort",
            "cohort_rate",
            "open_share",
        ),
        "behind_wins",
        ("wins_told",),
        CLOSED,
    ),
    ("funnel", "excluded"): Behind(
        "deal",
        (
            *("created_deleted", "created_merged", "entered_deleted", "entered_merged"),
            *("closed_deleted", "closed_merged"),
        ),
        "behind_gone",
        keys=("scenario",),
    ),
    ("funnel", "balance"): Behind(
        "deal",
        (
            *("entries", "advanced", "back", "won", "lost", "transferred", "deleted", "merged"),
            "open",
        ),
        "behind_balance",
        keys=("scenario", "stage"),
    ),
    ("wins", "closed"): Behind(
        "deal",
        ("won", "lost", "win_rate", "won_amount", "reopened"),
        "behind_wins",
        ("wins_told",),
        CLOSED,
    ),
    ("wins", "cohort"): Behind(
        "deal",
        ("cohort", "cohort_won", "cohort_lost", "cohort_open", "cohort_rate", "open_share"),
        "behind_wins",
        ("wins_told",),
        CLOSED,
    ),
    ("my_sales", "stages"): Behind(
        "deal",
        ("deals", "amount", "expected", "late", "idle"),
        "behind_board",
        ("board",),
        PIPELINE,
    ),
    ("stage_time", "visits"): Behind("deal", ("n", "n_censored"), "behind_visits", keys=PIPELINE),
    ("stage_time", "whole"): Behind("deal", ("n", "n_censored"), "behind_whole", keys=PIPELINE),
    ("stage_time", "to_win"): Behind(
        "deal", ("n", "won", "lost", "n_censored", "won_share"), "behind_fates", keys=CLOSED
    ),
    ("leads", "conversion"): Behind(
        "deal",
        ("leads", "qualified", "lost", "n_censored", "overdue", "share"),
        "behind_leads",
        ("leads",),
        CLOSED,
        parameters=("calendar",),
    ),
    ("leads", "proposal"): Behind(
        "deal",
        ("proposed", "sent", "n_censored", "without"),
        "behind_proposals",
        ("leads",),
        CLOSED,
        parameters=("calendar",),
    ),
    ("tasks", "discipline"): TASKS,
    ("plan", "facts"): PLAN,
    ("plan", "plans"): replace(
        PLAN,
        columns=("fact_amount", "done"),
        own="behind_planned",
        facts=("plan", "plan_told"),
        keys=("basis", "document"),
    ),
    ("calls", "calls"): CALLS,
    ("calls", "hours"): replace(
        CALLS,
        columns=("calls", "answered"),
        own="behind_hours",
        keys=("operator", "hour"),
        filters=(),
    ),
    ("invoices", "invoices"): INVOICES,
    ("client_base", "base"): CLIENTS,
    ("client_base", "fields"): replace(
        CLIENTS, columns=("filled",), own="behind_fields", keys=("client_kind", "field")
    ),
    ("abc_xyz", "classes"): Behind(
        SOLD,
        ("value",),
        "behind_sold",
        ("abc_sales",),
        ("key",),
        (),
        ("client_kind",),
        ("abc",),
    ),
    ("lost_clients", "payers"): LOST,
    ("lost_clients", "points"): replace(LOST, parameters=("point",)),
    ("couriers", "stops"): STOPS,
    ("couriers", "reasons"): replace(
        STOPS, columns=("stops",), own="behind_reasons", keys=("courier", "reason")
    ),
    ("couriers", "goods"): replace(
        STOPS,
        columns=("stops", "amount"),
        own="behind_goods",
        facts=("couriers_done",),
        keys=("courier", "client_kind", "client", "item"),
    ),
    ("goods_rendered", "goods"): Behind(
        "shipment",
        ("shipments", "amount", "vat"),
        "behind_rendered",
        ("goods_rendered",),
        ("group", "item", "client_kind"),
        ("month", "week", "day", "client"),
        ("item", "client", "client_kind"),
    ),
    ("orders_handled", "orders"): ORDERS,
    ("orders_handled", "days"): replace(
        ORDERS, columns=ORDERS.columns[:-1], own="behind_days", keys=("day", "operator")
    ),
}
OWN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("removed", "removed"): ("deal", "document"),
    ("my_sales", "cards"): ("deal", "document"),
    ("tasks", "late"): ("task", "document"),
    ("invoices", "differences"): ("invoice", "document"),
    ("couriers", "cash"): ("delivery", "document"),
    ("lost_clients", "lost_payers"): ("client", "document"),
    ("lost_clients", "lost_points"): ("client", "document"),
    ("couriers", "goods"): ("client", "client"),
    ("goods_rendered", "goods"): ("product", "item"),
}
"""Tables whose rows are documents themselves: of which kind, under which key."""


def behind_of(report: str, table: str) -> Behind | None:
    """What is behind the numbers of a table; `None` if they are its own documents' numbers."""
    return BEHIND.get((report, table))
