"""Laws of comparing clients, whatever their cards say."""

from __future__ import annotations

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from provodka.mappings.duplicates.cards import Card, read_card
from provodka.mappings.duplicates.finding import among, blocks_of, pairs
from provodka.mappings.duplicates.names import Name, alike, read_name
from provodka.mappings.duplicates.scoring import compare

INNS = st.sampled_from([None, "7707083893", "7728168971"])
KPPS = st.sampled_from([None, "770701001", "770743001"])
WORDS = st.sampled_from(
    ["ООО", "АО", "ИП", "Ромашка", "Рамашка", "«Василек»", "Котов", "И.", "Ильич", "12", "POMA", ""]
)
NAMES = st.one_of(st.text(max_size=12), st.lists(WORDS, max_size=4).map(" ".join))
PHONES = st.sampled_from(["+79990000001", "8 999 000-00-01", "101", "", "доб. 5"])
ADDRESSES = st.sampled_from(["Тверь, Садовая 1", "г. Тверь, ул. Садовая, д. 1", "Тверь Садовая 2"])
CARDS = st.builds(
    Card,
    client=st.uuids(),
    name=NAMES,
    full_name=st.none() | NAMES,
    individual=st.booleans(),
    inn=INNS,
    kpp=KPPS,
    phones=st.lists(PHONES, max_size=2).map(tuple),
    emails=st.lists(st.sampled_from(["a@x.example", "A@x.example", " "]), max_size=2).map(tuple),
    addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
)
MANY = st.lists(CARDS, max_size=9, unique_by=lambda card: card.client)


@given(CARDS, CARDS)
def test_comparing_is_symmetric_and_its_score_is_between_0_and_100(one: Card, other: Card) -> None:
    there, back = (compare(*map(read_card, two)) for two in ((one, other), (other, one)))
    assert there.score == back.score
    assert 0 <= there.score <= 100
    assert {reason.code for reason in there.reasons} == {reason.code for reason in back.reasons}
    if one.client != other.client:
        assert there == back


@given(NAMES, NAMES)
def test_names_are_alike_both_ways_and_each_is_like_itself(one: str, other: str) -> None:
    mine, theirs = read_name(one), read_name(other)
    assert alike(mine, theirs) == alike(theirs, mine)
    assert alike(mine, mine) == (1 if mine.words else 0)
    assert isinstance(mine, Name)


@given(MANY, st.randoms(use_true_random=False))
def test_candidates_do_not_depend_on_the_order_of_clients(
    cards: list[Card], chance: Random
) -> None:
    shuffled = list(cards)
    chance.shuffle(shuffled)
    assert among(cards) == among(shuffled)


@given(MANY)
def test_each_pair_is_a_candidate_once_with_the_smaller_key_first(cards: list[Card]) -> None:
    found = [(one.first, one.second) for one in among(cards, least=0)]
    assert len(found) == len(set(found))
    assert all(first < second for first, second in found)


@given(MANY)
def test_no_pair_with_a_common_inn_telephone_or_e_mail_is_overlooked(cards: list[Card]) -> None:
    features = [read_card(card) for card in cards]
    expected = {
        frozenset((one.client, other.client))
        for one in features
        for other in features
        if one.client < other.client
        and (one.phones & other.phones or one.emails & other.emails or one.inn == other.inn != "")
        and compare(one, other).score >= 40
    }
    found = {frozenset((one.first, one.second)) for one in among(cards)}
    assert expected <= found


@given(MANY, st.integers(0, 9))
def test_pairs_about_some_are_those_of_all_that_have_one_of_them(
    cards: list[Card], about: int
) -> None:
    features = [read_card(card) for card in cards]
    some: set[UUID] = {one.client for one in features[:about]}
    whole = {(one.first, one.second) for one in pairs(features, blocks_of(features))}
    part = {(one.first, one.second) for one in pairs(features, blocks_of(features), about=about)}
    assert part == {pair for pair in whole if some & set(pair)}
