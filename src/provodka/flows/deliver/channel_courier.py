"""The courier of every channel: one message each, once, and its row tells what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.channel import CannotTell, Channel, Taken
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.crm_store.tables.outward import dispatch
from provodka.connectors.crm_store.tables.talk import message
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Again, Done, Outcome
from provodka.flows.deliver.pacing import Pace, wait_for
from provodka.foundation.errors import DocumentError, ProvodkaError, Refused, RetriableError
from provodka.foundation.i18n import _

__all__ = ["FIRST_QUESTION", "ChannelCourier", "Prepared", "Writer"]

Content = TypeVar("Content")
Content_co = TypeVar("Content_co", covariant=True)
FIRST_QUESTION = timedelta(seconds=30)
"""After what time a gateway is first asked what has become of a message."""


@dataclass(frozen=True)
class Prepared(Generic[Content_co]):
    """A message in the form that its channel takes.

    `pace` is whose turn it has to wait for; `values` are written into its row once it has gone.
    """

    content: Content_co
    pace: Pace | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class Writer(Protocol[Content_co]):
    """Makes of a row of `crm.message` what a channel sends."""

    def prepare(self, key: str, row: Any) -> Prepared[Content_co]:
        """The message of an errand's key.

        Raises `DocumentError` if it must not, or can never, be sent.
        """
        ...

    def refused(self, row: Any, error: DocumentError) -> Callable[[Connection], None]:
        """What is to be remembered of a refusal besides the message's own state."""
        ...


@dataclass(frozen=True)
class ChannelCourier(Generic[Content]):
    """Carries the messages of one channel."""

    target: str
    channel: Channel[Content]
    writer: Writer[Content]
    engine: Engine
    clock: Callable[[], datetime]
    lost_answer_wait: timedelta = timedelta(seconds=10)
    workers: int = 2
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """By what the message is known on the other side."""
        return self.channel.marker(errand.key)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Send, or find that it was sent already."""
        row = self._row(errand)
        if row is None:
            return Done("dead", trouble=_no_message(errand))
        try:
            return self._carried(errand, row, still_mine)
        except CannotTell as trouble:
            return Done("dead", trouble=trouble, record=self._mark(errand, "unsure"))
        except DocumentError as error:
            remember = self.writer.refused(row, error)
            return Done("dead", trouble=error, record=self._mark(errand, "failed", remember))

    def _carried(self, errand: Errand, row: Any, still_mine: StillMine) -> Outcome:
        prepared = self.writer.prepare(errand.key, row)
        found = self.channel.look_up(errand.key, prepared.content) if errand.unsure else None
        if found is None:
            wait = wait_for(self.engine, errand.id, prepared.pace) if prepared.pace else None
            if wait:
                return Again(wait, _paced(errand), nothing_sent=True)
            found = self.channel.send(errand.key, prepared.content, before=still_mine)
        return self._sent(errand, found, prepared)

    def _row(self, errand: Errand) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(
                select(message).where(message.c.id == errand.document)
            ).one_or_none()

    def _sent(self, errand: Errand, taken: Taken, prepared: Prepared[Content]) -> Done:
        trouble = _partly(errand, taken) if taken.refused else None
        values = {"sent_at": self.clock(), **prepared.values}
        return Done(
            "flagged" if trouble else "delivered",
            result={"external_id": taken.external_id, "cost": taken.cost},
            trouble=trouble,
            record=self._mark(errand, "sent", self._dispatched(errand, taken), values),
        )

    def _dispatched(self, errand: Errand, taken: Taken) -> Callable[[Connection], None] | None:
        if not self.channel.tells_fate:
            return None
        values = {
            "message": errand.document,
            "channel": self.target,
            "external_id": taken.external_id,
            "cost": taken.cost,
            "currency": taken.currency,
            "ask_at": self.clock() + FIRST_QUESTION,
        }

        def record(connection: Connection) -> None:
            new = insert(dispatch).values(values)
            connection.execute(
                new.on_conflict_do_update(index_elements=[dispatch.c.message], set_=values)
            )

        return record

    def _mark(
        self,
        errand: Errand,
        status: str,
        besides: Callable[[Connection], None] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Callable[[Connection], None]:
        def record(connection: Connection) -> None:
            changed = message.update().where(message.c.id == errand.document)
            connection.execute(changed.values({"status": status, **(values or {})}))
            if besides is not None:
                besides(connection)

        return record


def _paced(errand: Errand) -> RetriableError:
    return RetriableError(
        errand.key,
        found=_("в этот домен отправлено достаточно на эту минуту"),
        next_step=_("ничего делать не нужно: письмо уйдет в свою очередь"),
        code="paced",
    )


def _partly(errand: Errand, taken: Taken) -> ProvodkaError:
    return Refused(
        errand.key,
        found=_("приняты не все получатели: {said}").format(said="; ".join(taken.refused)),
        expected=_("все получатели"),
        next_step=_("проверьте остальные адреса и напишите им отдельно"),
        code="partly_refused",
    )


def _no_message(errand: Errand) -> DocumentError:
    return DocumentError(
        _("Сообщение {key}").format(key=errand.document),
        found=_("сообщения нет в базе"),
        next_step=_("проверьте, не удалено ли оно"),
        code="no_message",
    )
