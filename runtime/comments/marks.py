"""The text of a comment as markup: addresses become links, mentioned names stand out.

Everything is escaped, piece by piece; only http and https are links.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_END = ".,;:!?'\")]}*_"  # what a sentence puts behind an address
_URL = r"https?://[^\s<>\"'`\\^{}|\u3000-\u303f\uff00-\uffef]+"


def marked(text: str, names: Collection[str]) -> Markup:
    """The text as markup; line breaks stay as they are, for a style that shows them."""
    return Markup("").join(_pieces(text, names))


def _pieces(text: str, names: Collection[str]) -> Iterator[Markup]:
    at = 0
    for found in _pattern(names).finditer(text):
        yield escape(text[at : found.start()])
        if found["name"]:
            yield Markup("<b>{}</b>").format(found["name"])
            at = found.end()
        else:
            url = found["url"].rstrip(_END)
            yield _link(url)
            at = found.start() + len(url)
    yield escape(text[at:])


def _pattern(names: Collection[str]) -> re.Pattern[str]:
    known = "|".join(re.escape("@" + name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?P<url>{_URL})|(?<![\w@.])(?P<name>{known or '(?!)'})", re.IGNORECASE)


def _link(url: str) -> Markup:
    """A link that tells its page nothing of ours; an address without a host stays text."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        return escape(url)
    rel = "noopener noreferrer nofollow"
    return Markup('<a class="link" href="{}" rel="{}" target="_blank">{}</a>').format(url, rel, url)
