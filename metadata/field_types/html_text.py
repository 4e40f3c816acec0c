"""Html: formatted text, reduced to harmless tags when it is read and again when it is shown."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import nh3
from markupsafe import Markup

from ...platform.db.types import fold
from ...platform.i18n import lazy
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .long_text_area import LongTextArea

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "del", "em", "hr", "i", "ins", "mark", "p"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "q", "s", "small", "strong", "sub", "sup", "u"),
    *("dd", "div", "dl", "dt", "li", "ol", "span", "ul"),
    *("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"},
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"},
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}


def clean(html: str) -> str:
    """The HTML without scripts, styles, images and anything else that acts or calls out."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template"},
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def plain(html: str) -> str:
    """The words of HTML without its tags."""
    spaced = html.replace("<", " <").replace("\n", " ")
    return " ".join(unescape(nh3.clean(spaced, tags=set(), attributes={})).split())


class Html(LongTextArea):
    """Rich text. `display` is Markup: a template shows it as it stands."""

    name = "Html"
    label = lazy("Rich text area")
    help = lazy("Formatted text with links, lists and tables.")
    icon = "pilcrow"
    widget = "html"
    control = "richtext"
    group = "more"
    examples = (
        Example("<p>Hello <b>world</b></p>", "<p>Hello <b>world</b></p>"),
        Example("<script>alert(1)</script>ok", "ok"),
        Example(
            '<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'
        ),
        Example('<p style="color:red" onclick="x()">a &lt; b</p>', "<p>a &lt; b</p>"),
        Example('<img src="https://example.com/p.gif">text', "text"),
        Example("", None),
    )
    refused = ("a\x00b", "<p>\ud800</p>", "x" * 32769)

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        return {"": value, "key": None if value is None else fold(plain(value))}

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = super().parse(text, f, reading)
        return None if found is None else super().parse(clean(found), f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        return Markup("") if value is None else Markup(clean(value))  # noqa: S704 - just cleaned

    def default_options(self) -> dict[str, Any]:
        return {"length": 32768, "visibleLines": 10}


FIELD_TYPES.register(Html())
