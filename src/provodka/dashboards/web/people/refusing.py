"""Who may not: the error for whoever is known and has no right, or whose form is not ours."""

from __future__ import annotations

from provodka.foundation.errors import AccessDenied

__all__ = ["Forbidden"]


class Forbidden(AccessDenied):
    """The request is refused with 403; repeating it the same way does not help."""
