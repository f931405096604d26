"""Words of a request that no store can hold are refused before any page sees them."""

from __future__ import annotations

from itertools import chain

from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["require_legible"]

NOTHING = "\0"
"""PostgreSQL keeps no such sign in a text."""


def require_legible(visit: Visit) -> None:
    """Raise `DocumentError` for a word with a sign of code 0 in the address or in the form."""
    given = (visit.path.items(), visit.query.multi_items(), visit.form.multi_items())
    for name, said in chain.from_iterable(given):
        if isinstance(said, str) and NOTHING in said:
            raise DocumentError(
                _("Отбор «{name}»").format(name=name.replace(NOTHING, "")),
                found=_("в нем знак с кодом 0"),
                expected=_("обычный текст"),
                next_step=_("исправьте адрес или форму"),
                code="illegible",
            )
