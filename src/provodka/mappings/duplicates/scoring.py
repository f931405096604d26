"""What speaks for and against two clients being one, in points that add up, with words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provodka.foundation.i18n import _, marked
from provodka.mappings.duplicates.cards import Features
from provodka.mappings.duplicates.names import LIKE, Name, alike

__all__ = ["BEST", "POINTS", "Likeness", "Reason", "compare"]

BEST = 100
POINTS = {
    "inn_kpp_same": 90,
    "inn_same": 80,
    "inn_branch": 20,
    "inn_other": -60,
    "phone_same": 40,
    "email_same": 40,
    "company_same": 50,
    "company_like": 40,
    "person_same": 40,
    "person_like": 15,
    "name_short": 20,
    "name_other": -10,
    "form_other": -20,
    "address_same": 15,
    "address_like": 8,
}
TEXTS = {
    "inn_kpp_same": marked("ИНН и КПП те же: {what}"),
    "inn_same": marked("ИНН тот же: {what}"),
    "inn_branch": marked("ИНН тот же, КПП разные ({what}): возможно, подразделения"),
    "inn_other": marked("ИНН разные: {what}"),
    "phone_same": marked("телефон тот же: {what}"),
    "email_same": marked("почта та же: {what}"),
    "company_same": marked("наименование то же: {what}"),
    "company_like": marked("наименования похожи: {what}"),
    "person_same": marked("имя то же: {what}"),
    "person_like": marked("имена похожи: {what}"),
    "name_short": marked("имя то же, но неполное: {what}"),
    "name_other": marked("наименования разные: {what}"),
    "form_other": marked("организационные формы разные: {what}"),
    "address_same": marked("адрес тот же"),
    "address_like": marked("адреса похожи"),
}
OTHER_NAME, LIKE_ADDRESS = 0.5, 0.7
FULL_NAME = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence; `what` is the value that both have, or both values."""

    code: str
    what: str = ""

    @property
    def points(self) -> int:
        """What it is worth."""
        return POINTS[self.code]

    @property
    def text(self) -> str:
        """The reason for a person."""
        return _(TEXTS[self.code]).format(what=self.what)


@dataclass(frozen=True, slots=True)
class Likeness:
    """From 0 to 100, with the reasons, the weightiest first."""

    score: int
    reasons: tuple[Reason, ...]


def compare(one: Features, other: Features) -> Likeness:
    """How likely two clients are one; the same whichever of them is named first."""
    first, second = (one, other) if one.client <= other.client else (other, one)
    reasons = sorted(_reasons(first, second), key=lambda reason: (-abs(reason.points), reason.code))
    total = sum(reason.points for reason in reasons)
    return Likeness(max(0, min(BEST, total)), tuple(reasons))


def _reasons(one: Features, other: Features) -> Iterator[Reason]:
    yield from _by_inn(one, other)
    for code, mine, theirs in (
        ("phone_same", one.phones, other.phones),
        ("email_same", one.emails, other.emails),
    ):
        if both := mine & theirs:
            yield Reason(code, min(both))
    yield from _by_name(one, other)
    yield from _by_address(one, other)


def _by_inn(one: Features, other: Features) -> Iterator[Reason]:
    if not one.inn or not other.inn:
        return
    if one.inn != other.inn:
        yield Reason("inn_other", f"{one.inn}, {other.inn}")
    elif one.kpp and other.kpp and one.kpp != other.kpp:
        yield Reason("inn_branch", f"{one.kpp}, {other.kpp}")
    elif one.kpp and one.kpp == other.kpp:
        yield Reason("inn_kpp_same", f"{one.inn} / {one.kpp}")
    else:
        yield Reason("inn_same", one.inn)


def _by_name(one: Features, other: Features) -> Iterator[Reason]:
    if not one.names or not other.names:
        return
    likeness, mine, theirs = max(
        ((alike(a, b), a, b) for a in one.names for b in other.names),
        key=lambda found: (found[0], found[1].text, found[2].text),
    )
    both = mine.text if mine.text == theirs.text else f"{mine.text}, {theirs.text}"
    if code := _name_code(likeness, mine, person=one.individual or other.individual):
        yield Reason(code, both)
    forms = {name.form for name in one.names} - {""}, {name.form for name in other.names} - {""}
    if all(forms) and not forms[0] & forms[1]:
        yield Reason("form_other", ", ".join(" ".join(sorted(side)) for side in forms))


def _name_code(likeness: float, name: Name, *, person: bool) -> str:
    if likeness == 1:
        whole = "person_same" if len(name.words) >= FULL_NAME else "name_short"
        return whole if person else "company_same"
    if likeness >= LIKE:
        return "person_like" if person else "company_like"
    return "name_other" if likeness < OTHER_NAME else ""


def _by_address(one: Features, other: Features) -> Iterator[Reason]:
    if one.addresses & other.addresses:
        yield Reason("address_same")
    elif any(_near(a, b) for a in one.addresses for b in other.addresses):
        yield Reason("address_like")


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Most of the words are the same, and every number: another flat is another address."""
    digits = [{word for word in side if word[0].isdigit()} for side in (one, other)]
    return digits[0] == digits[1] and len(one & other) >= LIKE_ADDRESS * len(one | other)
