"""The couriers of a hub: one for each system that it writes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from provodka.connectors.mail.messages import Attachment
from provodka.flows.deliver.courier import Courier
from provodka.flows.deliver.letters import LetterCourier
from provodka.flows.deliver.outside import outside_couriers
from provodka.flows.deliver.papers import PaperCourier
from provodka.flows.hub import Hub
from provodka.trigger_rules.letters import find_template

__all__ = ["couriers"]


def couriers(hub: Hub) -> list[Courier]:
    """Those whose systems `hub.yaml` names."""
    found: list[Courier] = []
    if hub.base is not None and hub.settings.onec is not None:
        wait = timedelta(seconds=hub.settings.onec.lost_answer_wait)
        found.append(PaperCourier(hub, hub.base, lost_answer_wait=wait))
    if hub.smtp is not None and hub.settings.mail is not None:
        found.append(
            LetterCourier(
                engine=hub.engine,
                sender=hub.sender,
                smtp=hub.smtp,
                sent=hub.sent,
                attachments=Attachments(hub.book.templates),
                clock=hub.clock,
                lost_answer_wait=timedelta(seconds=hub.settings.mail.lost_answer_wait),
                workers=hub.settings.mail.connections,
            )
        )
    return found + outside_couriers(hub)


@dataclass
class Attachments:
    """The files that go with every letter of a template; each template is read once."""

    folders: tuple[Path, ...]
    _read: dict[str, tuple[Attachment, ...]] = field(default_factory=dict)

    def __call__(self, template: str) -> tuple[Attachment, ...]:
        """The attachments of a template by its name."""
        if template not in self._read:
            self._read[template] = find_template(self.folders, template).attachments
        return self._read[template]
