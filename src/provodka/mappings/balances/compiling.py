"""A balance's file, checked against the store and made ready."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from sqlalchemy import CheckConstraint, Column, Table

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered
from provodka.foundation.nearest import nearest
from provodka.mappings import store_side
from provodka.mappings.balances.compiled import SLOT, Amount, Balance, Dimension
from provodka.mappings.balances.declaration import BalanceDeclaration, BalanceField
from provodka.mappings.books import BOOKS

__all__ = ["KINDS", "compile_balance"]

KINDS = ("settlement_balance", "stock_balance")
"""The kinds of document that a balance can become."""
WAYS = ("reference КАКОЙ", "book currency", "name", "balance", "debit", "credit")
SUMS = frozenset({"balance", "debit", "credit"})
BY_HUB = ("as_of",)


def compile_balance(file: LocatedYaml) -> Balance:
    """Check a file against the store; raises `ConfigurationError`, all other mistakes in it."""
    return _Compiler(file).compile()


class _Compiler:
    def __init__(self, file: LocatedYaml) -> None:
        self.file = file
        self.said = file.parse(BalanceDeclaration)
        self.errors: list[ConfigurationError] = []

    def compile(self) -> Balance:
        self._check_register()
        dimensions, amounts = self._fields()
        if self.errors:
            raise gathered(self.errors)
        said, place = self.said, self.file.place
        return Balance(
            name=self.file.path.stem,
            kind=said.kind,
            register=said.register_,
            chart=said.chart or "",
            accounts=tuple(said.accounts),
            slots=said.slots,
            apart=tuple(said.apart),
            dimensions=dimensions,
            amounts=amounts,
            version=_version(self.file.data),
            place=place("register"),
            chart_place=place("chart"),
            accounts_place=place("accounts"),
            apart_place=place("apart"),
        )

    def _check_register(self) -> None:
        said = self.said
        prefix = said.register_.partition("_")[0]
        if prefix not in ("AccountingRegister", "AccumulationRegister"):
            expected = _("регистр бухгалтерии или накопления: AccumulationRegister_…")
            self._wrong("register", found=said.register_, expected=expected)
        elif prefix == "AccountingRegister" and not (said.chart and said.accounts):
            self._wrong(
                "register",
                found=_("у регистра бухгалтерии не названы счета"),
                expected=_("chart: план счетов, accounts: коды счетов"),
            )
        elif prefix == "AccumulationRegister" and (said.chart or said.accounts or said.slots):
            self._wrong(
                "register",
                found=_("счета и субконто у регистра накопления"),
                expected=_("chart, accounts и slots бывают у регистра бухгалтерии"),
            )

    def _fields(self) -> tuple[tuple[Dimension, ...], tuple[Amount, ...]]:
        table = store_side.table_of(self.said.kind) if self.said.kind in KINDS else None
        if table is None:
            self._wrong("kind", found=self.said.kind, known=KINDS)
            return (), ()
        dimensions, amounts = [], []
        for index, one in enumerate(self.said.fields):
            column = table.columns.get(one.ours)
            if column is None:
                known = [name for name in table.columns.keys() if name not in BY_HUB]  # noqa: SIM118
                self._wrong("fields", index, "ours", found=one.ours, known=known)
            elif one.as_ in SUMS:
                amounts.append(self._amount(one, index, column))
            else:
                dimensions.append(self._dimension(one, index, column))
        self._check_filled(table)
        return tuple(dimensions), tuple(amounts)

    def _amount(self, said: BalanceField, index: int, column: Column[object]) -> Amount:
        if said.of or said.through or said.default or said.required or said.theirs == SLOT:
            self._wrong(
                "fields",
                index,
                found=_("у суммы названы свойства измерения"),
                expected=_("ours, theirs, as, foreign"),
            )
        return Amount(
            ours=said.ours,
            theirs=said.theirs,
            foreign=said.foreign or "",
            how=said.as_,
            money=_to_the_kopeck(column),
            place=self.file.place("fields", index, "theirs"),
        )

    def _dimension(self, said: BalanceField, index: int, column: Column[object]) -> Dimension:
        how, _space, argument = said.as_.partition(" ")
        target = store_side.target_of(column)
        if how == "reference":
            if target != argument:
                expected = f"reference {target}" if target else ", ".join(WAYS)
                self._wrong("fields", index, "as", found=said.as_, expected=expected)
        elif how == "book":
            if argument not in BOOKS:
                self._wrong(
                    "fields", index, "as", found=said.as_, known=[f"book {b}" for b in BOOKS]
                )
        elif said.as_ != "name":
            self._wrong("fields", index, "as", found=said.as_, expected=", ".join(WAYS))
        if not said.of and (said.theirs == SLOT or how == "name"):
            self._wrong(
                "fields",
                index,
                found=_("не сказано, на какой набор ведет «{name}»").format(name=said.theirs),
                expected=_("of: имя набора, например Catalog_Склады"),
            )
        if said.theirs == SLOT and not self.said.slots:
            expected = _("slots: сколько субконто спрашивать, от 1 до 3")
            self._wrong("fields", index, "theirs", found=SLOT, expected=expected)
        through, _slash, taken = (said.through or "").partition("/")
        if said.through and (not taken or said.theirs == SLOT):
            expected = _("набор и поле: Catalog_КлючиАналитикиУчетаПоПартнерам/Контрагент_Key")
            self._wrong("fields", index, "through", found=said.through, expected=expected)
        return Dimension(
            ours=said.ours,
            theirs=said.theirs,
            how=how,
            argument=argument,
            of=said.of or "",
            through=through,
            taken=taken,
            default=said.default,
            required=said.required,
            place=self.file.place("fields", index, "theirs"),
        )

    def _check_filled(self, table: Table) -> None:
        filled = dict.fromkeys((*(one.ours for one in self.said.fields), *BY_HUB))
        for name in store_side.must_be_filled(table, filled):
            self._wrong(
                "fields",
                found=_("колонку «{name}» ничто не заполняет").format(name=name),
                expected=_("пара с «ours: {name}»").format(name=name),
            )

    def _wrong(
        self, *steps: str | int, found: str, expected: str = "", known: Collection[str] = ()
    ) -> None:
        self.errors.append(
            self.file.error(
                *steps,
                found=found,
                expected=expected or nearest(found, list(known)),
                next_step=_("исправьте файл остатков"),
                code="bad_mapping",
            )
        )


def _to_the_kopeck(column: Column[object]) -> bool:
    return any(
        isinstance(one, CheckConstraint) and f"round({column.name}, 2)" in str(one.sqltext)
        for one in (*column.constraints, *column.table.constraints)
    )


def _version(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
