"""From a declaration to a mapping; every mistake of the file is gathered, none guessed over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as AnyMapping
from decimal import Decimal

from sqlalchemy import Numeric, Table

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered
from provodka.foundation.nearest import nearest
from provodka.mappings import store_side
from provodka.mappings.compiled import Constant, Derive, Find, Mapping, Ours, Pair, Part, Section
from provodka.mappings.converters import parse_as
from provodka.mappings.declaration import (
    ConstantDeclaration,
    Declaration,
    DeriveDeclaration,
    Direction,
    FieldDeclaration,
    FindDeclaration,
    Owner,
    Scalar,
)
from provodka.mappings.derived import DERIVED
from provodka.mappings.pair_checks import pair_troubles

__all__ = ["compile_mapping"]

Steps = tuple[str | int, ...]
_DEFAULT_OWNER: dict[Direction, Owner] = {"in": "theirs", "out": "ours", "both": "ask"}


def compile_mapping(file: LocatedYaml, entities: AnyMapping[str, str]) -> Mapping:
    """Check a file against the store and make it ready.

    `entities` names the set that holds each kind, for composite references.
    Raises `ConfigurationError`, the first mistake with all the others in it.
    """
    return _Compiler(file, entities).compile()


class _Compiler:
    def __init__(self, file: LocatedYaml, entities: AnyMapping[str, str]) -> None:
        self.file = file
        self.entities = entities
        self.said = file.parse(Declaration)
        self.errors: list[ConfigurationError] = []

    def compile(self) -> Mapping:
        table = self._table("kind", part="")
        pairs = self._pairs(self.said.fields, ("fields",), table) if table is not None else ()
        parts = tuple(self._part(name) for name in self.said.parts) if table is not None else ()
        if table is not None:
            self._check_filled(table, pairs)
        mapping = self._mapping(pairs, parts)
        self._check_columns(mapping)
        if self.errors:
            raise gathered(self.errors)
        return mapping

    def _mapping(self, pairs: tuple[Pair, ...], parts: tuple[Part, ...]) -> Mapping:
        said = self.said
        return Mapping(
            name=self.file.path.stem,
            kind=said.kind,
            entity=said.entity,
            version=_version(self.file.data),
            reads=said.direction != "out",
            writes=said.direction != "in",
            pairs=pairs,
            parts=parts,
            only=tuple(
                (name, frozenset(allowed), self.file.place("only", name))
                for name, allowed in said.only.items()
            ),
            match=tuple(tuple(step) for step in said.match),
            identity=tuple(said.identity),
            constants=tuple(
                (
                    name,
                    self._constant(value, ("constants", name)),
                    self.file.place("constants", name),
                )
                for name, value in said.constants.items()
            ),
            marker=said.marker,
            balance=said.balance,
            post=said.post,
            place=self.file.place("entity"),
            marker_place=self.file.place("marker"),
            contract=said.contract,
            order=tuple(said.order),
        )

    def _table(self, *steps: str | int, part: str) -> Table | None:
        table = store_side.table_of(self.said.kind, part)
        if table is None:
            name = part or self.said.kind
            known = store_side.parts_of(self.said.kind) if part else store_side.kinds()
            self._wrong(*steps, found=_("«{name}»").format(name=name), known=known)
        return table

    def _pairs(self, fields: list[FieldDeclaration], at: Steps, table: Table) -> tuple[Pair, ...]:
        pairs = []
        for index, said in enumerate(fields):
            pair = self._pair(said, (*at, index), table)
            if pair is not None:
                pairs.append(pair)
        return tuple(pairs)

    def _pair(self, said: FieldDeclaration, at: Steps, table: Table) -> Pair | None:
        how, argument = parse_as(said.as_)
        troubles = pair_troubles(said, how, argument, table, self.entities)
        for key, found, expected, step in troubles:
            self.errors.append(
                self.file.error(*at, key, found=found, expected=expected, next_step=step)
            )
        if troubles:
            return None
        column = table.columns[said.ours]
        direction = said.direction or self.said.direction
        numeric = isinstance(column.type, Numeric)
        ours_of, theirs_of = _enum_sides(said.values or {})
        always = not column.nullable
        return Pair(
            ours=said.ours,
            theirs=said.theirs or "",
            how=how,
            argument=argument,
            owner=said.owner or _DEFAULT_OWNER[direction],
            reads=direction != "out",
            writes=direction != "in" and bool(said.theirs),
            required_in=(always or said.required in (True, "in")) and said.default is None,
            required_out=always or said.required in (True, "out"),
            place=self.file.place(*at, "theirs" if said.theirs else "ours"),
            default=_typed(said.default, numeric=numeric),
            value=_typed(said.value, numeric=numeric),
            wire_type=f"StandardODATA.{self.entities.get(argument, '')}",
            ours_of=ours_of,
            theirs_of=theirs_of,
            only=frozenset(said.only or ()),
            otherwise=self._find(said.otherwise, (*at, "otherwise")) if said.otherwise else None,
            foreign=said.foreign == "empty",
            values_place=self.file.place(*at, "values"),
        )

    def _part(self, name: str) -> Part:
        at: Steps = ("parts", name)
        table = self._table(*at, part=name)
        if table is None:
            return Part(name, (), ())
        sections = []
        for index, said in enumerate(self.said.parts[name]):
            pairs = self._pairs(said.fields, (*at, index, "fields"), table)
            place = self.file.place(*at, index, "section")
            sections.append(Section(said.section, pairs, place))
        if self.said.direction != "in" and len(sections) > 1:
            self._wrong(
                *at,
                found=_("{count} табличных частей").format(count=len(sections)),
                expected=_("одна: иначе неясно, в какую писать строку"),
            )
        reading = [pair.ours for one in sections for pair in one.pairs if pair.reads]
        for index, section in enumerate(sections):
            self._check_filled(table, section.pairs, *at, index, "section")
        return Part(name, tuple(dict.fromkeys(reading)), tuple(sections))

    def _check_filled(self, table: Table, pairs: tuple[Pair, ...], *at: str | int) -> None:
        if self.said.direction == "out" or self.errors:
            return
        filled = {pair.ours: pair for pair in pairs if pair.reads}
        for name in store_side.must_be_filled(table, filled):
            self._wrong(
                *(at or ("fields",)),
                found=_("колонку «{name}» ничто не заполняет").format(name=name),
                expected=_("пара с «ours: {name}»").format(name=name),
            )

    def _check_columns(self, mapping: Mapping) -> None:
        columns = {pair.ours for pair in mapping.pairs}
        listed: list[tuple[Steps, str]] = [
            (("match", i, j), name)
            for i, step in enumerate(mapping.match)
            for j, name in enumerate(step)
        ]
        listed += [(("identity", i), name) for i, name in enumerate(mapping.identity)]
        for at, name in listed:
            if name not in columns:
                self._wrong(*at, found=_("«{name}»").format(name=name), known=columns)
        parts = {part.name for part in mapping.parts}
        if mapping.balance and mapping.balance not in parts:
            found = _("«{name}»").format(name=mapping.balance)
            self._wrong("balance", found=found, known=parts)

    def _constant(self, said: ConstantDeclaration, at: Steps) -> Constant:
        if isinstance(said, FindDeclaration):
            return self._find(said, at)
        if isinstance(said, DeriveDeclaration):
            if said.derive not in DERIVED:
                found = _("«{name}»").format(name=said.derive)
                self._wrong(*at, "derive", found=found, known=DERIVED)
            return Derive(said.derive, self.file.place(*at, "derive"))
        return said

    def _find(self, said: FindDeclaration, at: Steps) -> Find:
        where: list[tuple[str, str | bool | int | Ours]] = []
        columns = {field.ours for field in self.said.fields}
        for name, value in said.where.items():
            if isinstance(value, str | bool | int):
                where.append((name, value))
                continue
            where.append((name, Ours(value.ours)))
            if value.ours not in columns:
                found = _("«{name}»").format(name=value.ours)
                self._wrong(*at, "where", name, "ours", found=found, known=columns)
        return Find(
            said.find,
            tuple(where),
            said.take,
            said.optional,
            self.file.place(*at, "find"),
            self.file.place(*at, "take"),
            {name: self.file.place(*at, "where", name) for name in said.where},
        )

    def _wrong(
        self,
        *steps: str | int,
        found: str,
        known: AnyMapping[str, object] | set[str] | tuple[str, ...] = (),
        expected: str = "",
    ) -> None:
        name = found.strip("«»")
        self.errors.append(
            self.file.error(
                *steps,
                found=found,
                expected=expected or nearest(name, list(known)),
                next_step=_("исправьте файл соответствия"),
                code="bad_mapping",
            )
        )


def _version(data: object) -> str:
    """Of what the declaration means: a change of the contract alone re-reads nothing."""
    meaning = {k: v for k, v in data.items() if k != "contract"} if isinstance(data, dict) else data
    text = json.dumps(meaning, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _typed(value: Scalar | None, *, numeric: bool) -> object:
    return Decimal(str(value)) if numeric and value is not None else value


def _enum_sides(
    values: AnyMapping[str, Scalar | list[Scalar]],
) -> tuple[dict[str | bool | int, str], dict[str, str | bool | int]]:
    ours_of: dict[str | bool | int, str] = {}
    theirs_of: dict[str, str | bool | int] = {}
    for ours, theirs in values.items():
        members = theirs if isinstance(theirs, list) else [theirs]
        theirs_of[ours] = members[0]
        ours_of.update(dict.fromkeys(members, ours))
    return ours_of, theirs_of
