"""Hostile rules and templates: refused when they are read, or stopped while they are filled in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.mail.template_bounds import LONGEST, MOST_STEPS, SOURCE
from provodka.connectors.mail.templates import compile_text, load_template
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.letters import Letters

DOUBLED = "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 30
SUMMED = "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a + a %}" * 30
JOINED = "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a | list | join(a) %}" * 6
GREW = (
    "{% set n = namespace(a='xxxx') %}{% for i in range(99) %}{% set n.a = n.a ~ n.a %}{% endfor %}"
)
TURNED = "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}"
HALVED = "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}"
SQUARED = "{% set n = 999999 %}" + "{% set n = n * n %}" * 20
BLOCK = (
    "{% set b %}{% for i in range(9999) %}" + "x" * 999 + "{% endfor %}{% endset %}{{ b | length }}"
)
NESTED_LOOPS = (
    "{% for i in range(9999) %}{% for j in range(9999) %}{% set x = j %}{% endfor %}{% endfor %}"
)
NESTED_LISTS = "{% for i in many %}{% for j in many %}{% set x = j %}{% endfor %}{% endfor %}"


def filled(source: str, **values: Any) -> str:
    return compile_text(source)(values)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (NESTED_LOOPS, "template_limit"),
        (NESTED_LISTS, "template_limit"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "template_forbidden"),
        ("{% for i in range(1000000000) %}x{% endfor %}", "template_limit"),
        (BLOCK, "template_limit"),
        (DOUBLED, "template_limit"),
        (SUMMED, "template_limit"),
        (GREW, "template_limit"),
        (SQUARED, "template_limit"),
        (JOINED, "template_limit"),
        (TURNED, "template_limit"),
        (HALVED, "template_limit"),
        ("{{ 'x' * n }}", "template_forbidden"),
        ("{{ '%1000000000d' % n }}", "template_forbidden"),
        ("{{ 'x'.ljust(1000000000) }}", "template_forbidden"),
        ("{{ '{:>1000000000}'.format('') }}", "template_forbidden"),
        ("{{ 'x'.__class__.__mro__ }}", "template_forbidden"),
        ("{{ n.bit_length.__globals__ }}", "template_forbidden"),
        ("{{ n | round(1000000000) }}", "template_limit"),
        ("{{ 'x' | replace('', a) | replace('', a) }}", "template_limit"),
        ("{{ lines }}", "template_variable"),
        ("{{ lines | upper }}", "template_variable"),
        ("{% include 'other' %}", "template_variable"),
    ],
)
def test_a_template_without_end_is_stopped_with_a_name(source: str, code: str) -> None:
    began = time.thread_time()
    with pytest.raises(DocumentError) as told:
        filled(source, n=10**9, a="x" * 2000, lines=[1, 2], many=[1] * 200)
    assert told.value.code == code
    assert time.thread_time() - began < 10


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' | center(1000000000) }}",
        "{{ '%s' | format('x') }}",
        "{{ lipsum(1000000) }}" * SOURCE,
        "{% set a = [[b, b], [b, b]] %}",
        "{% macro f(n) %}{{ f([n, n]) }}{% endmacro %}",
        "{% for a in b recursive %}{{ loop(b) }}{% endfor %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{% if a %}" * 200 + "x" + "{% endif %}" * 200,
        "{{ a",
    ],
    ids=str,
)
def test_what_only_builds_things_up_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        compile_text(source)
    assert told.value.code == "template_syntax"


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{{ a ~ ': ' ~ n }}", "текст: 3"),
        ("{% for i in range(3) %}{{ loop.index }}{{ ',' if not loop.last }}{% endfor %}", "1,2,3"),
        ("{% for x in [a, n] %}{{ x }};{% endfor %}", "текст;3;"),
        ("{{ lines | map(attribute='s') | join('+') }}", "1+2"),
        ("{{ lines | sum(attribute='s') }}", "3"),
        ("{{ a | upper }} {{ a.upper() }} {{ n * 2 + 1 }} {{ 7 % n }}", "ТЕКСТ ТЕКСТ 7 1"),
        ("{% for k, v in {'x': 1}.items() %}{{ k }}={{ v }}{% endfor %}", "x=1"),
        ("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(a) }}", "<текст>"),
        ("{% set ns = namespace(t=0) %}{% for l in lines %}{% set ns.t = ns.t + l.s %}"
         "{% endfor %}{{ ns.t }}", "3"),
        ("{{ 2.345 | round(1) }}", "2.3"),
        ("{{ a | replace('т', 'Т') }}", "ТексТ"),
        ("{{ nothing | default('—') }}", "—"),
    ],
)  # fmt: skip
def test_what_letters_need_still_works(source: str, made: str) -> None:
    assert filled(source, a="текст", n=3, lines=[{"s": 1}, {"s": 2}]) == made


def test_an_honest_long_letter_fits() -> None:
    row = "{% for line in lines %}{{ line }}\n{% endfor %}"
    assert len(filled(row, lines=["x" * 40] * (MOST_STEPS - 1))) < LONGEST


def test_text_of_a_document_is_never_run_as_a_template() -> None:
    assert filled("{{ name }}", name="{{ 7 * 7 }}{% for %}") == "{{ 7 * 7 }}{% for %}"


def test_text_of_a_document_cannot_become_html(tmp_path: Path) -> None:
    path = tmp_path / "letter.yaml"
    path.write_text(
        "subject: '{{ n }}'\ntext: t\nhtml: '<p>{{ n ~ n }} {{ n | upper }}</p>'\n",
        encoding="utf-8",
    )
    html = load_template(path).render({"n": "<script>"}).html
    assert html == "<p>&lt;script&gt;&lt;script&gt; &lt;SCRIPT&gt;</p>"


def test_a_missing_variable_is_an_error_with_its_name() -> None:
    with pytest.raises(DocumentError) as told:
        Letters((), ZoneInfo("UTC")).fill("Сумма {{ deal.amount_of_all }}", {"deal": {}})
    assert told.value.code == "template_variable"
    assert "amount_of_all" in told.value.found


@pytest.mark.parametrize(
    ("field", "hostile"),
    [
        ("if", "'deal.amount in [" + ", ".join(map(str, range(5000))) + "]'"),
        ("if", "'" + "(" * 300 + "deal.amount > 1" + ")" * 300 + "'"),
        ("if", "'" + "not " * 300 + "(deal.amount > 1)'"),
        ("if", "'deal.client.responsible.department.parent.parent.name == null'"),
        ("when", "[" + ", ".join(["{stage_entered: x}"] * 1000) + "]"),
        ("do", "[" + ", ".join(["{create_task: {subject: x}}"] * 1000) + "]"),
        ("title", "'" + "x" * 100_000 + "'"),
    ],
    ids=["list", "brackets", "nots", "relations", "events", "actions", "words"],
)
def test_a_hostile_rule_is_refused_at_load_and_quickly(
    tmp_path: Path, field: str, hostile: str
) -> None:
    said = {
        "name": "r",
        "title": "Т",
        "when": "{document_created: deal}",
        "do": "[{create_task: {subject: x}}]",
        field: hostile,
    }
    path = tmp_path / "rules.yaml"
    body = "\n".join(f"    {name}: {value}" for name, value in said.items())
    path.write_text(f"rules:\n  -\n{body}\n", encoding="utf-8")
    began = time.thread_time()
    with pytest.raises(ConfigurationError):
        RuleBook.load([path])
    assert time.thread_time() - began < 10


def test_a_rule_that_wakes_itself_is_refused_at_load(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules:\n  - name: r\n    title: Т\n    when: {document_changed: deal}\n"
        "    do: [{set_field: {document: deal, field: amount, value: deal.amount + 1}}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as told:
        RuleBook.load([path])
    assert "будят друг друга" in str(told.value)
