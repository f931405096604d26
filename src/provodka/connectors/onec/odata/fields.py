"""Fields of a published set, for conditions and reads that fit what the base says of them.

    fields = Fields(metadata, "Document_ПоступлениеНаРасчетныйСчет")
    fields["Контрагент"] == client_id      # cast(…) by itself, where one target is stated
    fields.section("Товары").any(fields.section("Товары")["Цена"] > 1)
    fields.query(select=["Ref_Key", "Date"], filter=...)

A name that the set does not have, a value of another type, and a composite reference of an
unknown kind are a `ConfigurationError` before anything is sent: the base would answer some of them
with no rows and no word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from provodka.connectors.onec.odata.filters import (
    ORDERING,
    Field,
    Filter,
    Operand,
    Section,
    Value,
    refused,
)
from provodka.connectors.onec.odata.literals import EMPTY_REF, Ref
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata, Property
from provodka.connectors.onec.odata.query import Query
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Fields", "SectionFields", "TypedField"]

NUMBERS = frozenset({"Edm.Double", "Edm.Decimal", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
PRESENTATION = "____Presentation"
Targets = Mapping[str, Sequence[str]]


class TypedField(Field):
    """A field whose type is known; `targets` are the sets that a reference may lead to."""

    def __init__(self, path: str, kind: Property, targets: Sequence[str], *, composite: bool):
        super().__init__(path, guid=kind.type == "Edm.Guid")
        self.kind = kind
        self.targets = tuple(targets)
        self.composite = composite

    def compared(self, operator: str, value: Value) -> Filter:
        """The comparison; references and logical fields have no order."""
        unordered = self.composite or self.kind.type in {"Edm.Guid", "Edm.Boolean"}
        if operator in ORDERING and unordered:
            raise refused(_("поле «{name}» не сравнивают на больше и меньше").format(name=self))
        return super().compared(operator, value)

    def admit(self, value: Value) -> Value:
        """The value as this field must be compared with it."""
        if isinstance(value, Operand):
            return value
        if self.composite:
            return self._of_composite(value)
        if self.kind.type == "Edm.Guid":
            return self._of_reference(value)
        if value is not None and not _fits(self.kind.type, value):
            raise self._wrong(value)
        return value

    def __str__(self) -> str:
        return self.name

    def _of_reference(self, value: Value) -> Value:
        if value is None:
            return EMPTY_REF
        if isinstance(value, Ref):
            self._check_target(value.set_name)
            return value.key
        key = value if isinstance(value, UUID) else _as_key(value)
        if key is None:
            raise self._wrong(value)
        return key

    def _of_composite(self, value: Value) -> Value:
        if isinstance(value, Ref):
            self._check_target(value.set_name)
            return value
        key = value if isinstance(value, UUID) else _as_key(value)
        if key is not None:
            return Ref(self._only_target(), key)
        if value is None:
            raise refused(
                _("пустое значение составного поля «{name}» так не найти").format(name=self),
                step=_("сравните поле {name}_Type с 'StandardODATA.Undefined'").format(name=self),
            )
        return value

    def _only_target(self) -> str:
        if len(self.targets) == 1:
            return self.targets[0]
        expected = _("передайте ссылку вместе с набором: Ref(набор, guid)")
        if self.targets:
            expected = _("Ref с одним из наборов: {names}").format(names=", ".join(self.targets))
        raise refused(
            _("поле «{name}» составное: guid без типа ничего не найдёт").format(name=self),
            expected,
        )

    def _check_target(self, set_name: str) -> None:
        if self.targets and set_name not in self.targets:
            raise refused(
                _("поле «{name}» не ссылается на {set_name}").format(name=self, set_name=set_name),
                ", ".join(self.targets),
            )

    def _wrong(self, value: Value) -> ConfigurationError:
        return refused(
            _("поле «{name}» сравнивается с «{value}»").format(name=self, value=value),
            _("значение типа {type}").format(type=self.kind.type),
        )


class SectionFields(Section):
    """A tabular section with its columns: `rows.any(rows["Цена"] > 1)`."""

    def __init__(self, owner: EntitySet, name: str, targets: Targets) -> None:
        super().__init__(name)
        self._owner, self._targets = owner, targets

    def __getitem__(self, column: str) -> TypedField:
        """A column, for a condition on rows."""
        path = f"{self.name}/{column}"
        kind = self._owner.find(path)
        if kind is None:
            raise _absent(self._owner, path, self._owner.sections[self.name])
        targets = _targets(self._owner, self._targets, path)
        return TypedField(column, kind, targets, composite=self._owner.is_composite(path))


class Fields:
    """The fields of one set. `targets` adds what composite fields (by path) may refer to.

    `$metadata` seldom states that; mappings and the facts of typical configurations do.
    """

    def __init__(self, metadata: Metadata, set_name: str, targets: Targets | None = None) -> None:
        self._metadata = metadata
        self._set = metadata.set(set_name)
        self._targets: Targets = targets or {}

    def __getitem__(self, path: str) -> TypedField:
        """A field by its path: `Date`, `Контрагент_Key`, `Контрагент/ИНН` through a reference."""
        first, slash, rest = path.partition("/")
        if slash:
            behind = self._behind(first)
            inner = behind[rest]
            return TypedField(path, inner.kind, inner.targets, composite=inner.composite)
        kind = self._set.properties.get(path)
        if kind is None:
            raise _absent(self._set, path, [*self._set.properties, *self._set.sections])
        targets = _targets(self._set, self._targets, path)
        return TypedField(path, kind, targets, composite=self._set.is_composite(path))

    def section(self, name: str) -> SectionFields:
        """A tabular section."""
        if name not in self._set.sections:
            raise _absent(self._set, name, self._set.sections)
        return SectionFields(self._set, name, self._targets)

    def query(
        self,
        select: Sequence[str],
        *,
        filter: Filter | None = None,
        order: Sequence[str] = (),
        expand: Sequence[str] = (),
        **options: Any,
    ) -> Query:
        """A read of fields that exist; `options` are the others of `Query`."""
        for name in (*select, *order):
            self._check(name.removesuffix(" desc").removesuffix(" asc"))
        for name in expand:
            self._behind(name.partition("/")[0])
        return Query(tuple(select), filter, tuple(order), expand=tuple(expand), **options)

    def _check(self, name: str) -> None:
        bare = name.removesuffix(PRESENTATION)
        if bare in {"*", "**", "Presentation"} or bare in self._set.sections:
            return
        if bare in self._set.navigation or self._set.find(bare.removesuffix("/*")) is not None:
            return
        section, slash, column = bare.partition("/")
        if section in self._set.sections:
            if column != "*":
                self.section(section)[column]
        elif slash and column == "*":
            self._behind(section)
        else:
            self[bare]

    def _behind(self, name: str) -> Fields:
        target = self._set.navigation.get(name)
        if target is None:
            raise _absent(self._set, name, self._set.navigation)
        return Fields(self._metadata, target)


def _targets(owner: EntitySet, stated: Targets, path: str) -> tuple[str, ...]:
    if path in stated:
        return tuple(stated[path])
    return (owner.targets[path],) if path in owner.targets else ()


def _fits(kind: str, value: object) -> bool:
    if kind == "Edm.Boolean":
        return isinstance(value, bool)
    if kind in NUMBERS:
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if kind == "Edm.DateTime":
        return isinstance(value, date)
    return kind != "Edm.String" or isinstance(value, str)


def _as_key(value: object) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None


def _absent(owner: EntitySet, name: str, known: Iterable[str]) -> ConfigurationError:
    return ConfigurationError(
        _("Набор {name}").format(name=owner.name),
        found=_("в нём нет «{name}»").format(name=name),
        expected=", ".join(get_close_matches(name, list(known), n=3, cutoff=0.5)),
        next_step=_("исправьте имя: его берут из описания базы"),
        code="no_such_field",
    )
