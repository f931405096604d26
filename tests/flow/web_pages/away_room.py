"""Two departments, who is away from them, and the form that says so, for tests of absences."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.flow.trigger_company import Company
from tests.web_house import Reader

from provodka.connectors.crm_store import people
from provodka.flows.hub import Hub
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.settings import HubSettings
from provodka.foundation.located_yaml import parse_yaml

__all__ = ["DAY", "Office", "absence", "enter"]

DAY = timedelta(days=1)


class Office(Company):
    """Two departments with a manager each, a head, and the hub that keeps what is asked for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.south = self.insert("department", name="Юг")
        self.north = self.insert("department", name="Север")
        self.update("employee", self.manager, department_id=self.south)
        self.update("employee", self.head, department_id=self.south)
        self.stranger = self.insert(
            "employee", name="<b>Ким</b>", role="manager", department_id=self.north
        )
        settings = HubSettings.model_validate({"company": {"name": "Юг", "inn": "7707083893"}})
        source = parse_yaml("company: {}", Path("hub.yaml"))
        self.hub = Hub(settings, source, Path("/nowhere"), self.engine, None, None, None)

    @property
    def today(self) -> date:
        """The company's day."""
        return self.hub.clock().astimezone(self.hub.settings.zone).date()

    def absences(self) -> list[Any]:
        """All that stand."""
        return self.rows(
            "SELECT id, employee_id, substitute_id, first_day, last_day, rights FROM crm.absence"
            " WHERE deleted_at IS NULL ORDER BY first_day"
        )

    def carried(self, number: str) -> tuple[str, str]:
        """How a request has ended, once the hub has carried it out."""
        carry_requests(self.hub)
        [row] = self.rows("SELECT state, said FROM hub.request WHERE id = :id", id=UUID(number))
        return row.state, row.said

    def may_sign_in(self, employee: UUID, *roles: str, departments: tuple[UUID, ...] = ()) -> None:
        """Give an employee a sign-in."""
        with self.engine.begin() as connection:
            people.add(
                connection, f"own-{uuid4()}", "Свой", roles=roles, departments=departments,
                employee_id=employee,
            )  # fmt: skip


def absence(office: Office, employee: UUID, substitute: UUID | None = None, **more: str) -> Any:
    """The fields of the form: away today and tomorrow unless told otherwise."""
    return {
        "number": str(uuid4()),
        "employee": str(employee),
        "substitute": "" if substitute is None else str(substitute),
        "first_day": office.today.isoformat(),
        "last_day": (office.today + DAY).isoformat(),
        **more,
    }


def enter(reader: Reader, form: dict[str, str]) -> str:
    """Send the form; the number of the request."""
    answer = reader.submit("/absences", form, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return form["number"]
