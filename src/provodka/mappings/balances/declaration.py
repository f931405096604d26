"""The shape of a balance's file: which register, by what it is told apart, which sums of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["BalanceDeclaration", "BalanceField"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BalanceField(_Strict):
    """One column of ours: a dimension of the balance, or one of its sums.

    Dimensions are `as: reference KIND`, `as: book currency` or `as: name` (what an item of the
    catalog `of` is called). `theirs: ExtDimension` is whichever субконто holds a reference to
    `of`: their places differ from account to account and from base to base. `through: SET/FIELD`
    takes the field of the item of that set which `theirs` refers to: some configurations keep
    settlements by keys of analytics. Sums are `as: balance` (debit less credit), `as: debit` and
    `as: credit` (its two sides, each not below zero); `foreign` is the resource that stands for
    `theirs` where the currency is not the `default` one.
    """

    ours: str
    theirs: str
    as_: str = Field(alias="as")
    of: str | None = None
    through: str | None = None
    foreign: str | None = None
    default: str | None = None
    required: bool = False


class BalanceDeclaration(_Strict):
    """A file. `accounts` (with all beneath them in `chart`) and `slots` (how many субконто are
    asked for) belong to an accounting register; balances that differ in `apart` are not set off
    against one another.
    """

    kind: str
    register_: str = Field(alias="register")
    chart: str | None = None
    accounts: list[str] = []
    slots: int = Field(0, ge=0, le=3)
    apart: list[str] = []
    fields: list[BalanceField] = Field(min_length=1)
