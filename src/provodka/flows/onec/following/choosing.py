"""How the changes of a base are found, and which node of which exchange plan is the hub's.

Reading a node's changes and confirming them takes them from whoever else reads that node. So a
node is never guessed: it is named in `hub.yaml`, or its code or description is the hub's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from provodka.connectors.crm_store import cursors
from provodka.connectors.onec.odata.exchange_plan import PREFIX, Node, plan_set
from provodka.flows.hub import Hub
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.settings import OneC
from provodka.flows.work import Work
from provodka.foundation.errors import AccessDenied, ConfigurationError, DocumentError
from provodka.foundation.i18n import _

__all__ = ["STREAM", "Choice", "Watch", "choose", "remembered", "titled", "watched"]

log = structlog.get_logger("provodka.pull")

STREAM = f"feed:{SYSTEM}"
LOOK_AGAIN = timedelta(days=1)
OWN_NAMES = ("provodka", "проводка")
ENTERPRISE_DATA = plan_set("СинхронизацияДанныхЧерезУниверсальныйФормат")
"""Its nodes belong to EnterpriseData, which numbers and confirms messages by itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The hub's node, or none: then versions are scanned. `advice` is what a person could do."""

    node: Node | None = None
    advice: str = ""

    @property
    def told(self) -> str:
        """The choice in words."""
        return titled(self.node.plan, self.node.code) if self.node else titled()


@dataclass(frozen=True, slots=True)
class Watch:
    """The node that is followed, and since when without a gap.

    Whatever was last compared with the base before `since` must be compared once more. `place`
    is what the store remembers of the node.
    """

    node: Node
    since: datetime
    place: AnyMapping[str, Any]


def titled(plan: str = "", code: str = "") -> str:
    """A way of finding changes in words, for `check` and `status`."""
    if not plan:
        return _("изменения: сканирование версий")
    return _("изменения: план обмена {plan}, узел {node}").format(
        plan=plan.removeprefix(PREFIX), node=code
    )


def choose(hub: Hub, published: Iterable[str]) -> Choice:
    """The way for this base, of which `published` sets are known; asks it for the plans' nodes.

    Raises `ConfigurationError` if `hub.yaml` names a plan or a node that is not there.
    """
    settings = hub.settings.onec
    if settings is None or settings.exchange_plan is False:
        return Choice()
    if settings.exchange_plan:
        return Choice(_named(hub, settings))
    plans = _plans(published)
    nodes = [node for plan in plans for node in _nodes(hub, plan) if not node.this]
    own = [node for node in nodes if _is_own(node)]
    if len(own) == 1:
        return Choice(own[0])
    return Choice(None, _which(own) if own else _how(plans))


def watched(hub: Hub, work: Work) -> Watch | None:
    """The node to follow now, as it stands in the base; `None` where versions are scanned.

    What was found is remembered for a day. A node whose number has gone another way than the
    hub left it (a base restored from a copy, somebody else reading it) is followed from now on,
    and everything is compared anew. A base that does not answer is left to whoever reads next.
    """
    with work.begin() as connection:
        known = cursors.read(connection, STREAM) or {}
    now = hub.clock()
    if known.get("asked") == _asked(hub):
        if known["plan"] is None and now - datetime.fromisoformat(known["looked_at"]) < LOOK_AGAIN:
            return None
        if known["plan"] is not None and (node := _standing(hub, known)) is not None:
            return _resumed(work, known, node, now)
    return _chosen(hub, work, now)


def remembered(position: dict[str, Any] | None) -> str:
    """What a stored place of the feed tells about the way of finding changes; maybe nothing."""
    if not position:
        return ""
    told = titled(position["plan"] or "", position.get("code", ""))
    if not position.get("message"):
        return told
    return _("{told}, принято сообщение {number}").format(told=told, number=position["message"])


def _chosen(hub: Hub, work: Work, now: datetime) -> Watch | None:
    probe = hub.require_base().probe()
    if not probe.reachable:
        return None
    choice = choose(hub, probe.published)
    node = choice.node
    log.info("changes_chosen", way="plan" if node else "scan", plan=node.plan if node else "")
    found: dict[str, Any] = {"asked": _asked(hub), "looked_at": now.isoformat(), "plan": None}
    if node is not None:
        found |= _place(node, now)
    with work.begin() as connection:
        cursors.move(connection, STREAM, found)
    return Watch(node, now, found) if node else None


def _place(node: Node, since: datetime) -> dict[str, Any]:
    return {
        "plan": node.plan,
        "node": str(node.ref),
        "code": node.code or node.name,
        "since": since.isoformat(),
        "received": node.received,
        "message": 0,
    }


def _standing(hub: Hub, known: dict[str, Any]) -> Node | None:
    return hub.require_base().exchange_plans.node(Node(known["plan"], UUID(known["node"])))


def _resumed(work: Work, known: dict[str, Any], node: Node, now: datetime) -> Watch:
    """A message confirmed by the hub counts as received even if its confirmation was lost."""
    last = max(known["received"], known["message"])
    if known["received"] <= node.received <= last:
        place = known | {"received": node.received}
        if place != known:
            with work.begin() as connection:
                cursors.move(connection, STREAM, place)
        return Watch(node, datetime.fromisoformat(known["since"]), place)
    log.warning("feed_moved_aside", expected=last, received=node.received)
    place = known | _place(node, now)
    with work.begin() as connection:
        cursors.move(connection, STREAM, place)
    return Watch(node, now, place)


def _asked(hub: Hub) -> list[Any]:
    settings = hub.settings.onec
    return [settings.exchange_plan, settings.exchange_node] if settings else []


def _plans(published: Iterable[str]) -> list[str]:
    """Sets of plans, without their tabular sections and without EnterpriseData's."""
    names = sorted(name for name in published if name.startswith(PREFIX))
    plans: list[str] = []
    for name in names:
        if not any(name.startswith(f"{plan}_") for plan in plans):
            plans.append(name)
    return [plan for plan in plans if plan != ENTERPRISE_DATA]


def _nodes(hub: Hub, plan: str) -> tuple[Node, ...]:
    try:
        return hub.require_base().exchange_plans.nodes(plan)
    except (AccessDenied, ConfigurationError, DocumentError) as error:
        log.info("plan_not_readable", plan=plan, code=error.code)
        return ()


def _is_own(node: Node) -> bool:
    return not {node.code.casefold(), node.name.casefold()}.isdisjoint(OWN_NAMES)


def _named(hub: Hub, settings: OneC) -> Node:
    """The node that `hub.yaml` names; without a code, the plan's only one."""
    plan = plan_set(str(settings.exchange_plan))
    nodes = [node for node in hub.require_base().exchange_plans.nodes(plan) if not node.this]
    wanted = (settings.exchange_node or "").casefold()
    fitting = [node for node in nodes if not wanted or node.code.casefold() == wanted]
    if len(fitting) == 1:
        return fitting[0]
    field = "exchange_node" if wanted else "exchange_plan"
    raise hub.source.error(
        "onec",
        field,
        found=_("в плане обмена {plan} подходящих узлов: {count}").format(
            plan=plan.removeprefix(PREFIX), count=len(fitting)
        ),
        expected=_listed(nodes) or _("узел для хаба, кроме узла самой базы"),
        next_step=_("впишите код узла в onec.exchange_node или заведите узел в 1С"),
        code="no_exchange_node",
    )


def _which(nodes: Iterable[Node]) -> str:
    return _("узлов с именем хаба несколько: {nodes}; выберите onec.exchange_plan").format(
        nodes=_listed(nodes)
    )


def _how(plans: Iterable[str]) -> str:
    names = ", ".join(plan.removeprefix(PREFIX) for plan in plans)
    if not names:
        return _("быстрее и легче для базы план обмена с узлом PROVODKA: опубликуйте его в OData")
    return _(
        "быстрее и легче для базы план обмена: заведите узел с кодом PROVODKA в {plans}"
    ).format(plans=names)


def _listed(nodes: Iterable[Node]) -> str:
    return ", ".join(
        f"{node.plan.removeprefix(PREFIX)}: {node.code or node.name}" for node in nodes
    )
