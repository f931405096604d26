"""Two sides that talk in numbered messages while everything around them fails.

The base is modelled after exchange plans: a change is registered until a
message that carried it is confirmed; the hub keeps its numbers and its
changes in one store. Either may lose a message, get it twice, or be killed
between any two steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from provodka.connectors.onec.enterprise_data.soap.numbering import Incoming, Numbers, Verdict

DOCUMENTS = st.sampled_from("абвг")


@dataclass(frozen=True)
class Message:
    number: int
    confirms: int
    documents: dict[str, int]


@dataclass
class Base:
    """1C's own bookkeeping, as SSL and the platform keep it."""

    sent: int = 0
    received: int = 0
    changes: dict[str, int | None] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    theirs: dict[str, int] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)

    def change(self, key: str) -> None:
        self.documents[key] = self.documents.get(key, 0) + 1
        self.changes[key] = None

    def message(self) -> Message:
        self.sent += 1
        self.changes = {key: sent_in or self.sent for key, sent_in in self.changes.items()}
        return Message(self.sent, self.received, {key: self.documents[key] for key in self.changes})

    def take(self, message: Message) -> None:
        if message.number <= self.received:
            return
        self.read.append(message.number)
        for key, version in message.documents.items():
            assert version >= self.theirs.get(key, 0), "an older version came later"
            self.theirs[key] = version
        self.received = message.number
        self.changes = {
            key: sent_in
            for key, sent_in in self.changes.items()
            if sent_in is None or sent_in > message.confirms
        }


class Talk(RuleBasedStateMachine):
    """The hub is `numbers`, `changes`, `documents`, `theirs`: what a commit keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Base()
        self.numbers = Numbers()
        self.changes: dict[str, int | None] = {}
        self.documents: dict[str, int] = {}
        self.theirs: dict[str, int] = {}
        self.merged: list[int] = []
        self.waiting: Message | None = None
        self.on_its_way: list[Message] = []

    @rule(key=DOCUMENTS)
    def the_base_changes(self, key: str) -> None:
        self.base.change(key)

    @rule(key=DOCUMENTS)
    def the_hub_changes(self, key: str) -> None:
        self.documents[key] = self.documents.get(key, 0) + 1
        self.changes[key] = None

    @rule(lost=st.booleans())
    def the_base_makes_a_message(self, lost: bool) -> None:
        made = self.base.message()
        if not lost and self.waiting is None:
            self.waiting = made

    @precondition(lambda self: self.waiting is not None)
    @rule(killed=st.sampled_from(["before the commit", "before the confirmation", "never"]))
    def the_hub_reads(self, killed: str) -> None:
        assert self.waiting is not None
        message = self.waiting
        incoming = Incoming(message.number, message.confirms, f"m{message.number}")
        arrival = self.numbers.read(incoming)
        if killed == "before the commit":
            return
        if arrival.verdict is Verdict.NEW:
            self.merged.append(message.number)
            for key, version in message.documents.items():
                assert version >= self.theirs.get(key, 0), "an older version came later"
                self.theirs[key] = version
        self.numbers = arrival.numbers
        if killed == "never":
            self.waiting = None

    @rule(fate=st.sampled_from(["killed before sending", "lost", "answer lost", "arrived", "late"]))
    def the_hub_sends(self, fate: str) -> None:
        self.numbers = self.numbers.next_message()
        due = [key for key, sent_in in self.changes.items() if self.numbers.due(sent_in)]
        for key in due:
            self.changes[key] = self.changes[key] or self.numbers.sent
        message = Message(
            self.numbers.sent, self.numbers.received, {key: self.documents[key] for key in due}
        )
        if fate == "late":
            self.on_its_way.append(message)
        if fate in {"answer lost", "arrived"}:
            self.base.take(message)

    @precondition(lambda self: bool(self.on_its_way))
    @rule(twice=st.booleans())
    def a_late_message_arrives(self, twice: bool) -> None:
        message = self.on_its_way.pop()
        self.base.take(message)
        if twice:
            self.base.take(message)

    @invariant()
    def nothing_is_read_twice(self) -> None:
        assert self.merged == sorted(set(self.merged))
        assert self.base.read == sorted(set(self.base.read))

    @invariant()
    def nothing_is_confirmed_that_was_not_read(self) -> None:
        assert self.numbers.confirmed <= self.base.received <= self.numbers.sent
        for key, sent_in in self.changes.items():
            if not self.numbers.due(sent_in):
                assert self.base.theirs[key] >= self.documents[key]

    def teardown(self) -> None:
        """Two quiet rounds, and both sides have everything and owe nothing."""
        for _round in range(3):
            self.waiting = self.waiting or self.base.message()
            self.the_hub_reads("never")
            self.the_hub_sends("arrived")
        self.waiting = self.base.message()
        self.the_hub_reads("never")
        assert self.theirs == self.base.documents
        assert self.base.theirs == self.documents
        assert self.base.changes == {}
        assert not any(self.numbers.due(sent_in) for sent_in in self.changes.values())


TestTalk = Talk.TestCase
TestTalk.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
