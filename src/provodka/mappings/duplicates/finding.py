"""Pairs worth comparing, found by what they share, so that n clients need not n² comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from provodka.mappings.duplicates.cards import Card, Features, read_card
from provodka.mappings.duplicates.names import Name, nearly, sound
from provodka.mappings.duplicates.scoring import Reason, compare

__all__ = ["CROWD", "WORTH_KEEPING", "Candidate", "among", "blocks_of", "keys", "pairs"]

CROWD = 50
"""What more clients share than this tells nothing: a switchboard, «Ромашка», a bank's ИНН."""
WORTH_KEEPING = 40
SHORTEST = 4
OF_NAMES = ("name:", "sound:", "word:", "near:")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two clients that may be one, `first` with the smaller key."""

    first: UUID
    second: UUID
    score: int
    reasons: tuple[Reason, ...]


def among(cards: Iterable[Card], *, least: int = WORTH_KEEPING) -> list[Candidate]:
    """The candidates among all these clients, the likeliest first; their order does not matter."""
    features = [read_card(card) for card in cards]
    found = pairs(features, blocks_of(features), least=least)
    return sorted(found, key=lambda one: (-one.score, one.first, one.second))


def pairs(
    features: Sequence[Features],
    blocks: Mapping[str, Sequence[int]],
    *,
    least: int = WORTH_KEEPING,
    about: int | None = None,
) -> Iterator[Candidate]:
    """Compare what stands under one key in `blocks` (places in `features`), each pair once.

    With `about`, only pairs of which one is among the first so many `features`.

    Who shares a name alone is compared only if the names are nearly the same: nothing else
    would make them candidates.
    """
    seen: set[int] = set()
    width = len(features)
    by_name = {key for key in blocks if key.startswith(OF_NAMES)}
    for key in (*(blocks.keys() - by_name), *by_name):
        for one, other in combinations(sorted(blocks[key]), 2):
            number = one * width + other
            if number in seen or (about is not None and one >= about):
                continue
            seen.add(number)
            if key in by_name and not _namesakes(features[one], features[other]):
                continue
            if found := _compared(features[one], features[other], least):
                yield found


def blocks_of(features: Sequence[Features]) -> dict[str, list[int]]:
    """The places of clients that share a key, for each key that more than one has."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(features):
        for key in keys(one):
            blocks[key].append(place)
    return {key: places for key, places in blocks.items() if 1 < len(places) <= CROWD}


def keys(one: Features) -> set[str]:
    """What a client shares with those that may be the same: exact keys, and how names sound."""
    found = {f"phone:{phone}" for phone in one.phones}
    found |= {f"email:{email}" for email in one.emails}
    if one.inn:
        found |= {f"inn:{one.inn}", f"inn:{one.inn}/{one.kpp}"}
    for name in one.names:
        found |= set(_name_keys(name))
    return found


def _name_keys(name: Name) -> Iterator[str]:
    """The whole name; its sound; each telling word; a lone word with any one letter left out."""
    if not name.words:
        return
    yield f"name:{name.text}"
    sounds = [found for word in name.words if (found := sound(word))]
    whole = " ".join(sorted(sounds))
    yield f"sound:{whole}"
    if len(sounds) > 1:
        yield from (f"word:{one}" for one in sounds if len(one) >= SHORTEST)
    elif len(whole) >= SHORTEST:
        yield f"near:{whole}"
        yield from (f"near:{whole[:at]}{whole[at + 1 :]}" for at in range(len(whole)))


def _namesakes(one: Features, other: Features) -> bool:
    if one.inn and other.inn and one.inn != other.inn:
        return False
    person = one.individual or other.individual
    return any(
        a.text == b.text or (not person and nearly(a, b)) for a in one.names for b in other.names
    )


def _compared(one: Features, other: Features, least: int) -> Candidate | None:
    likeness = compare(one, other)
    if likeness.score < least:
        return None
    first, second = sorted((one.client, other.client))
    return Candidate(first, second, likeness.score, likeness.reasons)
