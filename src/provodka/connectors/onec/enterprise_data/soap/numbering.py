"""Which message comes next, which was read already, and what has to be sent again.

The rules are those of 1C's exchange plans (1C developer guide 8.3.27,
"Планы обмена"): each side numbers its own messages upwards and says in every
one of them the number of the last message that it has read. A message carries
every change that the other side has not confirmed, so a lost message is
made good by the next, and gaps in the numbers are no loss.

Pure: the caller keeps the state in its store, saves `next_message()` *before*
the message is sent, and saves `Arrival.numbers` in the same transaction as the
message's documents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from provodka.foundation.errors import ConfigurationError, Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Arrival", "Incoming", "Numbers", "NumbersWentBack", "Verdict"]


class NumbersWentBack(ConfigurationError):
    """One side was restored from a copy: a person decides, `Numbers.restored` goes on."""


class Verdict(StrEnum):
    """What to do with a message that came."""

    NEW = "new"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Incoming:
    """The numbers in the header of the base's message.

    `message_no` is its own number, `received_no` the last of ours that the base
    has read (0: none yet), `mark` anything that tells one content from another
    (the digest of the XML).
    """

    message_no: int
    received_no: int
    mark: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verdict, and the state to save: in the transaction that stores a new message."""

    verdict: Verdict
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where the talk with one node stands; a new one is `Numbers()`.

    `sent` is the number of our last message, sent or only begun; `confirmed`
    the last that the base says it has read; `received` the last of the base's
    messages that is in our store, and `mark` its mark.
    """

    sent: int = 0
    confirmed: int = 0
    received: int = 0
    mark: str = ""

    def next_message(self) -> Numbers:
        """The state with one more message of ours, to be saved before anything is sent.

        Its header says `MessageNo = sent` and `ReceivedNo = received`. A number
        is used once: after a loss the next message takes the next one.
        """
        return replace(self, sent=self.sent + 1)

    def due(self, sent_in: int | None) -> bool:
        """Whether a change goes into the next message: not sent yet (None), or not confirmed."""
        return sent_in is None or sent_in > self.confirmed

    def read(self, incoming: Incoming) -> Arrival:
        """Take in a message of the base.

        A repeat (the same number, the same mark) changes nothing: its documents
        are in the store, its file is only to be confirmed again. Raises
        `NumbersWentBack` where the numbers contradict what is remembered, and
        `Misunderstood` for numbers that cannot be.
        """
        self._check_possible(incoming)
        self._check_confirmation(incoming)
        if incoming.message_no > self.received:
            return Arrival(
                Verdict.NEW,
                replace(
                    self,
                    confirmed=incoming.received_no,
                    received=incoming.message_no,
                    mark=incoming.mark,
                ),
            )
        if incoming.message_no == self.received and incoming.mark == self.mark:
            return Arrival(Verdict.REPEATED, self)
        raise self._went_back(
            _("сообщение № {number}, а принято уже № {received}").format(
                number=incoming.message_no, received=self.received
            ),
            _("номер больше {received}").format(received=self.received),
        )

    def restored(self, incoming: Incoming) -> Numbers:
        """The state after a person has agreed that one side went back to an older copy.

        What the base no longer confirms is due again, its message `incoming`
        is read as new, and our next number is above all that either side knows.
        """
        self._check_possible(incoming)
        return Numbers(
            sent=max(self.sent, incoming.received_no),
            confirmed=incoming.received_no,
            received=incoming.message_no - 1,
        )

    def _check_possible(self, incoming: Incoming) -> None:
        if incoming.message_no < 1 or incoming.received_no < 0:
            raise Misunderstood(
                _where(),
                found=_("номер {number}, подтверждён {confirmed}").format(
                    number=incoming.message_no, confirmed=incoming.received_no
                ),
                expected=_("номера сообщений от 1"),
                code="impossible_number",
            )

    def _check_confirmation(self, incoming: Incoming) -> None:
        if incoming.received_no > self.sent:
            raise self._went_back(
                _("база подтверждает наше сообщение № {confirmed}, которого не было").format(
                    confirmed=incoming.received_no
                ),
                _("не больше {sent}").format(sent=self.sent),
            )
        if incoming.received_no < self.confirmed:
            raise self._went_back(
                _("база подтверждает № {now}, а раньше подтверждала № {before}").format(
                    now=incoming.received_no, before=self.confirmed
                ),
                _("не меньше {before}").format(before=self.confirmed),
            )

    def _went_back(self, found: str, expected: str) -> NumbersWentBack:
        return NumbersWentBack(
            _where(),
            found=found,
            expected=expected,
            next_step=_(
                "похоже, базу или хаб восстановили из копии: убедитесь и примите новые номера"
            ),
            code="numbers_went_back",
        )


def _where() -> str:
    return _("Нумерация сообщений EnterpriseData")
