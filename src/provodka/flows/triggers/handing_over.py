"""A new employee takes over from another: open tasks, and open deals if that is wanted."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import AmbiguousMatch, DocumentError
from provodka.foundation.i18n import _

__all__ = ["find_employee", "hand_over"]

FOUND = text("""
    SELECT id, name FROM crm.employee
    WHERE deleted_at IS NULL
      AND (lower(email) = lower(:said) OR lower(name) = lower(:said) OR CAST(id AS text) = :said)
    ORDER BY name, id
""")
TASKS = text("""
    UPDATE crm.task SET executor_id = :to
    WHERE executor_id = :former AND status = 'open' AND deleted_at IS NULL
""")
DEALS = text("""
    UPDATE crm.deal SET responsible_id = :to
    WHERE responsible_id = :former AND status = 'open' AND deleted_at IS NULL
""")
LENT = text("""
    UPDATE hub.stand_in SET employee_id = :to
    WHERE employee_id = :former AND substitute_id <> :to AND returned_at IS NULL
""")


def find_employee(connection: Connection, said: str) -> UUID:
    """The one employee of this e-mail, name or key. Raises `DocumentError` if there is none."""
    rows = connection.execute(FOUND, {"said": said.strip()}).all()
    if len(rows) > 1:
        raise AmbiguousMatch(
            _("Сотрудник «{said}»").format(said=said),
            found=_("таких несколько: {count}").format(count=len(rows)),
            expected=_("один сотрудник"),
            next_step=_("назовите почту или ключ"),
            candidates=[str(row.id) for row in rows],
            code="several_employees",
        )
    if not rows:
        raise DocumentError(
            _("Сотрудник «{said}»").format(said=said),
            found=_("такого нет"),
            expected=_("почта, имя или ключ сотрудника"),
            next_step=_("проверьте, что введено"),
            code="no_employee",
        )
    key: UUID = rows[0].id
    return key


def hand_over(connection: Connection, former: UUID, to: UUID, *, deals: bool) -> Counter[str]:
    """Give an employee's open tasks to another for good; counts `tasks` and `deals`.

    What a substitute has of theirs will come back to the new one. Raises `DocumentError` for one
    and the same person.
    """
    if former == to:
        raise DocumentError(
            _("Передача дел"),
            found=_("это один и тот же сотрудник"),
            expected=_("два разных"),
            next_step=_("назовите другого"),
            code="same_employee",
        )
    given = {"former": former, "to": to}
    connection.execute(LENT, given)
    counts = Counter(tasks=connection.execute(TASKS, given).rowcount)
    if deals:
        counts["deals"] = connection.execute(DEALS, given).rowcount
    return counts
