"""Whoever has signed in, as pages know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from provodka.dashboards.web.people.roles import Role

__all__ = ["Visitor"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with an open session.

    `person` is the key in `hub.person`, `employee` the one in `crm.employee`, if any.
    `departments` are those whose data may be seen, with all below them; none means all.
    `instead_of` are the names of those whose rights the person has today besides their own.
    `csrf` goes into every form as the field `csrf`, or into the header `X-CSRF-Token`.
    """

    person: UUID
    name: str
    roles: frozenset[Role]
    employee: UUID | None
    departments: frozenset[UUID]
    session: UUID
    csrf: str = field(repr=False)
    instead_of: tuple[str, ...] = ()

    def may(self, *roles: Role) -> bool:
        """Whether the person has at least one of these roles."""
        return not self.roles.isdisjoint(roles)
