"""Control of the base itself: what is published, exchange nodes, how hard it is worked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from provodka.sandbox.onec.load import Load
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.registration import CONTENT, ODATA_PLAN
from provodka.sandbox.onec.service import Service
from provodka.sandbox.switches import SwitchBoard

Body = dict[str, Any]
Action = Callable[[Body, dict[str, str]], Awaitable[Any]]


class BaseControl:
    """Actions of the control API that concern one base."""

    def __init__(
        self, objects: Objects, service: Service, load: Load, switches: SwitchBoard
    ) -> None:
        self._objects = objects
        self._service = service
        self._load = load
        self._switches = switches

    def actions(self) -> dict[tuple[str, str], Action]:
        """The actions by method and path under the control API's root."""
        return {
            ("GET", "/load"): self._show_load,
            ("DELETE", "/load"): self._reset_load,
            ("GET", "/published"): self._list_published,
            ("POST", "/published"): self._publish,
            ("GET", "/exchange"): self._list_nodes,
            ("POST", "/exchange/nodes"): self._add_node,
        }

    async def _show_load(self, _body: Body, _query: dict[str, str]) -> Any:
        return self._load.listed()

    async def _reset_load(self, _body: Body, _query: dict[str, str]) -> Any:
        self._load.reset()
        return self._load.listed()

    async def _list_published(self, _body: Body, _query: dict[str, str]) -> Any:
        published = self._service.published(self._switches.now)
        hidden = sorted(set(self._objects.schema.entities) - set(published))
        return {"published": published, "unpublished": hidden}

    async def _publish(self, body: Body, query: dict[str, str]) -> Any:
        """`{set: true|false, …}`; sets that are not named stay as they are."""
        unknown = set(body) - set(self._objects.schema.entities)
        if unknown:
            raise ValueError(f"no such sets: {', '.join(sorted(unknown))}")
        hidden = set(self._switches.now.unpublished)
        hidden -= {name for name, shown in body.items() if shown}
        hidden |= {name for name, shown in body.items() if not shown}
        self._switches.change({"unpublished": sorted(hidden)})
        return await self._list_published(body, query)

    async def _list_nodes(self, _body: Body, _query: dict[str, str]) -> Any:
        changes = self._objects.changes
        return {
            "nodes": [
                asdict(node) | {"waiting": changes.waiting(plan, node.ref)}
                for plan in CONTENT
                for node in changes.nodes(plan)
            ]
        }

    async def _add_node(self, body: Body, _query: dict[str, str]) -> Any:
        plan, code = str(body.get("plan", ODATA_PLAN)), str(body["code"])
        if plan not in CONTENT:
            raise ValueError(f"plan must be one of {', '.join(CONTENT)}")
        title = str(body.get("description", code))
        return asdict(self._objects.changes.add_node(plan, code, title))
