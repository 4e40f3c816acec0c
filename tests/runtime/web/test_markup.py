"""Links and pictures of formulas are drawn; whatever else their text holds is only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.factories import make_field, make_object, make_snapshot
from trellis.metadata.formulas import Scene, evaluate, formula_of
from trellis.metadata.formulas.functions.base import FormulaError
from trellis.runtime.web.cells import display_cell
from trellis.runtime.web.markup import bare, drawn

HOSTILE = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    '" onerror="alert(1)',
    "' onmouseover='alert(1)",
    "<img src=x onerror=alert(1)>",
    '<img src="https://a.example/x" alt="" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&#58;alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example">x</a>',
    '<a href="/\\evil.example">x</a>',
    '<a href="https://a.example" target="_blank" onclick="alert(1)">x</a>',
    '<a href="https://a.example"><svg onload=alert(1)></a>',
    '<a href="vbscript:x"><img src="javascript:alert(1)" alt="y"></a>',
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "</span></td><iframe src=https://evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
FORMULAS = [
    'T__c & HYPERLINK("https://a.example/?q=" & T__c, T__c)',
    "HYPERLINK(T__c, T__c)",
    'HYPERLINK("/x", IMAGE(T__c, T__c)) & T__c',
    'IMAGE("/logo.png", T__c, 10, 10) & T__c & HYPERLINK("/x", T__c, T__c)',
]
_ALLOWED = {
    "a": {"class", "href", "rel", "target"},
    "img": {"src", "alt", "height", "width", "loading"},
    "span": {"class"},
}
_SAFE = re.compile(r"https?://\S+|/(?![/\\])\S*|mailto:\S+", re.IGNORECASE)


class Reader(HTMLParser):
    """Fails for an element or attribute that none of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert tag in _ALLOWED
        assert {name for name, _value in attrs} <= _ALLOWED[tag]
        values = dict(attrs)
        for name in ("href", "src"):
            if name in values:
                assert _SAFE.fullmatch(values[name] or "")
        if tag == "a":
            assert "noopener" in (values.get("rel") or "").split()


@pytest.mark.parametrize("formula", FORMULAS)
def test_hostile_values_stay_text(formula: str) -> None:
    snapshot = make_snapshot(
        make_object("X__c"), make_field("X__c.T__c"), make_field("X__c.L__c", formula=formula)
    )
    field = snapshot.field("X__c", "L__c")
    expression = formula_of(field, snapshot)
    shown = 0
    for text in HOSTILE:
        try:
            value = evaluate(expression, Scene({"T__c": text}))
        except FormulaError:
            continue  # the address is refused where the link is made
        shown += 1
        Reader().feed(display_cell(field, value, snapshot, {}).__html__())
    assert shown or formula.startswith("HYPERLINK(T__c")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_markup_of_ours_is_taken_apart(text: str) -> None:
    reader = Reader()
    reader.feed(str(drawn(text + text)))
    assert not {"script", "svg", "iframe"} & set(reader.seen)


def test_a_field_that_makes_no_markup_shows_none() -> None:
    snapshot = make_snapshot(
        make_object("X__c"), make_field("X__c.T__c"), make_field("X__c.P__c", formula="T__c")
    )
    cell = display_cell(snapshot.field("X__c", "P__c"), '<a href="/x">y</a>', snapshot, {})
    assert cell.__html__() == "&lt;a href=&#34;/x&#34;&gt;y&lt;/a&gt;"


def test_links_and_pictures_are_drawn() -> None:
    link = '<a href="https://a.example/?a=1&amp;b=2" target="_self">A &amp; B</a>'
    text = f'see {link}\nand <img src="/l.png" alt="logo" height="9">'
    assert str(drawn(text)) == (
        'see <a class="link" href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer '
        'nofollow">A &amp; B</a>\nand <img src="/l.png" alt="logo" height="9" loading="lazy">'
    )
    assert bare(text) == "see A & B\nand logo"


def test_a_record_id_leads_to_the_records_page() -> None:
    assert 'href="/r/001AAAAAAAAAAAAAAA"' in drawn('<a href="/001AAAAAAAAAAAAAAA">x</a>')
