"""Months that should have left the journal, in words: how many, since which, what holds them."""

from __future__ import annotations

from provodka.connectors.crm_store.retention import Held, Overdue
from provodka.dashboards.insight.wording import stream_word
from provodka.foundation.i18n import _

__all__ = ["held_months"]


def held_months(overdue: Overdue) -> str:
    """One sentence for a person; months go oldest first, so what holds the oldest holds all."""
    return _(
        "из журнала не уходят {months} мес., начиная с {oldest}: {reasons}. Этот месяц уйдет сам, "
        "когда все это кончится"
    ).format(
        months=overdue.months, oldest=f"{overdue.oldest:%Y-%m}", reasons=_reasons(overdue.held)
    )


def _reasons(held: Held) -> str:
    said = []
    if held.readers:
        names = ", ".join(stream_word(one) for one in held.readers)
        said.append(_("еще не прочитали {readers}").format(readers=names))
    if held.errands:
        said.append(
            _(
                "по его изменениям не доставлено исходящих: {count} "
                "(provodka outbox list --waiting)"
            ).format(count=held.errands)
        )
    if held.aside:
        said.append(
            _(
                "правилами отложено его изменений: {count} "
                "(provodka quarantine list --stream triggers)"
            ).format(count=held.aside)
        )
    return "; ".join(said)
