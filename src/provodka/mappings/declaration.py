"""The shape of a mapping's file: one kind of document, both directions, a list of pairs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ConstantDeclaration",
    "Contract",
    "Declaration",
    "DeriveDeclaration",
    "Direction",
    "FieldDeclaration",
    "FindDeclaration",
    "OurValue",
    "Owner",
    "Scalar",
    "SectionDeclaration",
]

Direction = Literal["in", "out", "both"]
Owner = Literal["ours", "theirs", "latest", "ask"]
Contract = Literal["evolve", "freeze", "set_aside"]
Scalar = str | bool | int


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OurValue(_Strict):
    """A value of the document being written: its column, sent as its pair sends it."""

    ours: str


class FindDeclaration(_Strict):
    """A value to look up in the base: `take` of the one item of `find` that fits `where`.

    `optional`: when there is none, the field is left out instead of failing.
    """

    find: str
    where: dict[str, Scalar | OurValue] = Field(min_length=1)
    take: str = "Ref_Key"
    optional: bool = False


class DeriveDeclaration(_Strict):
    """A value computed from the document itself, by the name of a rule in `derived.py`."""

    derive: str


ConstantDeclaration = Scalar | FindDeclaration | DeriveDeclaration


class FieldDeclaration(_Strict):
    """One pair: our column, their field, and how the value is turned into the other.

    `values` belong to `as: enum` (our code: their member, or a list whose first is
    written); `value` to `as: constant`; `default` stands for an empty value on
    reading; `only` lists what may be written; `otherwise` looks up a reference that
    ours leaves empty; `foreign: empty` takes a composite value of another type for none.
    """

    ours: str
    theirs: str | None = None
    as_: str = Field(alias="as", default="text")
    values: dict[str, Scalar | list[Scalar]] | None = None
    value: Scalar | None = None
    default: Scalar | None = None
    owner: Owner | None = None
    required: bool | Literal["in", "out"] = False
    direction: Direction | None = None
    only: list[Scalar] | None = None
    foreign: Literal["empty"] | None = None
    otherwise: FindDeclaration | None = None


class SectionDeclaration(_Strict):
    """A tabular section that feeds one of our parts."""

    section: str
    fields: list[FieldDeclaration] = Field(min_length=1)


class Declaration(_Strict):
    """A file: the kind of document in the hub, the set in the base, the pairs.

    `only` names fields and the values with which a document concerns the hub;
    `match` are the steps to find a counterpart after its GUID; two filled and
    different values of a column in `identity` are never the same counterpart;
    `balance` names the part whose lines must add up to `amount`; `post` asks to
    post what is written when ours is posted; `contract` says what to do when the base
    no longer has what the file names; `order` replaces the usual order of reading.
    """

    kind: str
    entity: str
    direction: Direction
    marker: str | None = None
    post: bool = False
    contract: Contract = "freeze"
    order: list[str] = []
    balance: str | None = None
    only: dict[str, list[Scalar]] = {}
    match: list[list[str]] = []
    identity: list[str] = []
    fields: list[FieldDeclaration] = Field(min_length=1)
    parts: dict[str, list[SectionDeclaration]] = {}
    constants: dict[str, ConstantDeclaration] = {}
