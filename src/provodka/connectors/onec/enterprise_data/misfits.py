"""What can be wrong with an element, in words for a person."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from lxml import etree

from provodka.connectors.onec.enterprise_data.facets import BLANK, Unfit
from provodka.connectors.onec.enterprise_data.schema import ObjectType, Schema
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = [
    "MisfitElement",
    "is_nil",
    "misplaced",
    "misread",
    "missing",
    "pass_over",
    "refuse_content",
    "refuse_oddities",
    "split_name",
    "unknown",
]

ODD = etree.XPath(
    "boolean(descendant::*/@* | descendant::*/following-sibling::text()"
    " | descendant::*/preceding-sibling::text())"
)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"


class MisfitElement(Exception):
    """An element that does not fit the schema, and why."""

    def __init__(self, element: etree._Element, why: Unfit) -> None:
        super().__init__(element, why)
        self.element = element
        self.why = why


def is_nil(element: etree._Element) -> bool:
    """Whether `xsi:nil` says that there is no value."""
    return element.get(NIL) in {"true", "1"}


def refuse_content(element: etree._Element) -> None:
    """Raise `MisfitElement` for elements in a simple value, or for `xsi:nil` out of place."""
    if len(element):
        found = _("вложенный элемент «{name}»").format(name=local_name(element[0]))
        raise MisfitElement(element, Unfit(found, _("простое значение")))
    if is_nil(element):
        expected = _("значение: пустым этот элемент быть не может")
        raise MisfitElement(element, Unfit("xsi:nil", expected))


def unknown(child: etree._Element, kind: ObjectType) -> Unfit:
    """Why this element is not one of the type's."""
    names = [one.name for one in kind.properties]
    if local_name(child) in names:
        found = _("пространство имён «{it}»").format(it=split_name(child.tag)[0])
        return Unfit(found, kind.property(local_name(child)).namespace)
    return Unfit(_("элемент, которого нет в схеме"), nearest(local_name(child), names))


def misplaced(name: str, value: Collection[str], kind: ObjectType) -> Unfit:
    """Why an element may not stand here, after those whose names are in `value`."""
    if name in value and not kind.property(name).repeated:
        return Unfit(_("элемент повторён"), _("не больше одного раза"))
    order = [one.name for one in kind.properties]
    last = max(value, key=order.index)
    found = _("элемент стоит после «{other}»").format(other=last)
    return Unfit(found, _("порядок схемы: перед «{other}»").format(other=last))


def missing(name: str) -> Unfit:
    """Why an object cannot do without this element."""
    found = _("нет обязательного элемента «{name}»").format(name=name)
    return Unfit(found, _("элемент «{name}» со значением").format(name=name))


def refuse_oddities(top: etree._Element) -> None:
    """Raise `MisfitElement` for what no type of the format has.

    That is text beside elements, attributes other than those of XML Schema, and `xsi:nil`
    on an element that has a value. Almost no object has any, so all are looked for at once.
    """
    if not ODD(top):
        return
    for one in top.iter():
        beside = "" if one is top else _stray(one.tail)
        stray = beside or (_stray(one.text) if len(one) else "")
        if stray:
            found = _("текст вне элементов: {text}").format(text=repr(stray))
            raise MisfitElement(one, Unfit(found, _("только элементы")))
        for namespace, name in map(split_name, one.attrib):
            if namespace != XSI:
                found = _("атрибут «{name}»").format(name=name)
                raise MisfitElement(one, Unfit(found, _("элемент без атрибутов")))
        if is_nil(one) and (one.text or len(one)):
            found = _("содержимое при xsi:nil")
            raise MisfitElement(one, Unfit(found, _("пустой элемент")))


def _stray(text: str | None) -> str:
    return (text or "").strip(BLANK)


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return split_name(element.tag)[1]


def split_name(name: object) -> tuple[str, str]:
    """The namespace and the local name of a tag or an attribute; the former may be empty.

    A prefix that nobody has declared stays in the name: the parser goes on for a while.
    """
    namespace, _brace, local = str(name).rpartition("}")
    return namespace.removeprefix("{"), local


def path_of(element: etree._Element, top: etree._Element) -> str:
    """Where an element is inside an object: `Документ.X/Товары/Строка[2]/Количество`."""
    steps: list[str] = []
    one: Any = element
    while one is not None:
        steps.append(_step(one, top))
        one = None if one is top else one.getparent()
    return "/".join(reversed(steps))


def _step(one: etree._Element, top: etree._Element) -> str:
    name = local_name(one)
    parent = one.getparent()
    if one is top or parent is None:
        return name
    alike = [each for each in parent if each.tag == one.tag]
    return f"{name}[{alike.index(one) + 1}]" if len(alike) > 1 else name


def pass_over(
    element: etree._Element,
    kind: ObjectType,
    schema: Schema,
    passable: Callable[[etree._Element], bool],
) -> list[str]:
    """Take out elements that the type does not know and that may be there; return their paths."""
    known = {name: one for one in kind.properties for name in (one.tag, one.name)}
    passed = []
    for child in list(element):
        one = known.get(str(child.tag))
        inner = schema.types[one.type] if one else None
        if isinstance(inner, ObjectType):
            passed += [
                f"{local_name(child)}/{path}" for path in pass_over(child, inner, schema, passable)
            ]
        elif one is None and passable(child):
            passed.append(local_name(child))
            element.remove(child)
    return passed


def misread(top: etree._Element, misfit: MisfitElement, above: int) -> Misunderstood:
    """The error of an object that does not fit: it names the element's path and its line.

    `above` is how many lines of the message stand before those that the parser has counted.
    """
    why = misfit.why
    line: Any = misfit.element.sourceline
    return Misunderstood(
        _("{path} (строка {line} сообщения)").format(
            path=path_of(misfit.element, top), line=line + above
        ),
        found=why.found,
        expected=why.expected,
        next_step=_("исправьте объект в базе и выгрузите его снова"),
        code="bad_enterprise_data",
    )
