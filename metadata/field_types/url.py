"""Url: a link that is safe to click: http, https, mailto or tel, nothing that runs."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .controls import UrlControl, with_attributes
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)(.*)", re.DOTALL)
_SAFE = re.compile(r"(?:https?://[^\s/?#]+|mailto:[^\s?]+|tel:\+?[\d().-]+)\S*", re.IGNORECASE)
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]+(?::\d{1,5})?(?:[/?#]\S*)?")


class Url(WordsType):
    """A web address; one without a scheme ("www.example.com") gets https."""

    name = "Url"
    label = lazy("URL")
    help = lazy("A link to a web page.")
    icon = "link"
    group = "more"
    widget = "link"
    control = "url"
    json_schema = MappingProxyType({"type": "string", "format": "uri"})
    examples = (
        Example("https://example.com/a?b=1#c", "https://example.com/a?b=1#c"),
        Example("HTTP://Example.com", "HTTP://Example.com"),
        Example("www.example.com/path", "https://www.example.com/path"),
        Example("例子.公司", "https://例子.公司"),
        Example("mailto:mei@example.com", "mailto:mei@example.com"),
        Example("tel:+8613800138000", "tel:+8613800138000"),
        Example("", None),
    )
    refused = (
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc",
        "java\tscript:alert(1)", "\x01javascript:alert(1)", '=HYPERLINK("http://example.com")',
        "http://", "//example.com", "just words", "https://exa mple.com", "ftp://example.com",
    )  # fmt: skip

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = super().parse(text, f, reading)
        if found is None or _SAFE.fullmatch(found):
            return found
        if not _SCHEME.fullmatch(found) and _HOST.fullmatch(found):
            return super().parse(f"https://{found}", f, reading)
        message = _("%(text)s is not a link to a web page.", text=repr(found)[:90])
        hint = _("Write it like https://example.com; mailto: and tel: are possible too.")
        raise Rejected(Problem("url.malformed", (f.local_name,), message, hint))

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return UrlControl(**with_attributes(kwargs, maxlength=255, inputmode="url"))


def href(value: str) -> str:
    """The value as a link's target; "" for what must not become one, however it got there."""
    return value if _SAFE.fullmatch(value) else ""


FIELD_TYPES.register(Url())
