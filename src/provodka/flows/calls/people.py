"""From what a person types to the telephones meant: an employee's, a client's."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from provodka.flows.clients.finding import find_client
from provodka.foundation.errors import AmbiguousMatch, DocumentError
from provodka.foundation.i18n import _

__all__ = ["client_phone", "employee_with_telephone"]

EMPLOYEES = text("""
    SELECT id, name, extension FROM crm.employee
    WHERE deleted_at IS NULL
        AND (extension = :what OR id::text = lower(:what) OR name ILIKE '%' || :like || '%')
    ORDER BY extension IS DISTINCT FROM :what, name, id LIMIT 6
""")
PHONE = text("""
    SELECT coalesce(c.phone, (
        SELECT phone FROM crm.contact WHERE client_id = c.id AND deleted_at IS NULL
            AND phone IS NOT NULL ORDER BY created_at, id LIMIT 1)) AS phone
    FROM crm.client c WHERE c.id = :id
""")


def employee_with_telephone(connection: Connection, what: str) -> tuple[UUID, str]:
    """The one employee that an extension, a key or a part of the name means, and the extension.

    Raises `AmbiguousMatch` or `DocumentError`.
    """
    like = what.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    found = connection.execute(EMPLOYEES, {"what": what, "like": like}).all()
    exact = [one for one in found if one.extension == what]
    found = exact or found
    if len(found) > 1:
        names = [one.name for one in found]
        raise AmbiguousMatch(
            _("Сотрудник «{what}»").format(what=what),
            candidates=names,
            found=_("подходят несколько: {names}").format(names=", ".join(names)),
            expected=_("один сотрудник"),
            next_step=_("назовите внутренний номер"),
            code="ambiguous_employee",
        )
    if not found or not found[0].extension:
        raise DocumentError(
            _("Сотрудник «{what}»").format(what=what),
            found=_("внутреннего номера нет") if found else _("такого сотрудника нет"),
            expected=_("сотрудник с внутренним номером на АТС"),
            next_step=_("заполните внутренний номер в карточке сотрудника"),
            code="no_extension",
        )
    return found[0].id, found[0].extension


def client_phone(connection: Connection, what: str) -> tuple[UUID, str]:
    """The client that is named by a key, its beginning or ИНН, and a number to call.

    Raises `AmbiguousMatch` or `DocumentError`.
    """
    client = find_client(connection, what)
    phone = connection.execute(PHONE, {"id": client}).scalar()
    if not phone:
        raise DocumentError(
            _("Клиент «{what}»").format(what=what),
            found=_("телефона нет ни у клиента, ни у его контактных лиц"),
            expected=_("номер, по которому позвонить"),
            next_step=_("заполните телефон или назовите номер: --number"),
            code="no_phone",
        )
    return client, str(phone)
