"""Links and pictures that formulas make, drawn so that nothing else in their text can run.

The text is a concatenation of what the formula and the record say, so none of it is trusted: what
looks exactly like a link or picture of ours is taken apart and built anew, the rest is escaped.
Addresses are those of the web, of this site, and mailto.
"""

from __future__ import annotations

import re
from html import unescape

from markupsafe import Markup, escape

from ...metadata.formulas import formula_of
from ...metadata.formulas.typed import Apply, parts
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot

_MAKERS = frozenset({"HYPERLINK", "IMAGE"})
_IMAGE = r'<img src="([^"<>]*)" alt="([^"<>]*)"((?: (?:height|width)="\d{1,4}")*)>'
_PICTURE = re.compile(_IMAGE)
_PIECE = re.compile(rf'<a href="([^"<>]*)"(?: target="([^"<>]*)")?>({_IMAGE}|[^<>]*)</a>|{_IMAGE}')
_OUTSIDE = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)
_INSIDE = re.compile(r"/(?![/\\])[^\s\\]*")
_MAIL = re.compile(r"mailto:[^\s\\]+", re.IGNORECASE)
_RECORD = re.compile(r"/([0-9A-Za-z]{3}[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?)")
_REL = ' rel="noopener noreferrer nofollow"'


def makes_markup(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the field's formula, or one that it uses, makes links or pictures."""
    if not field.formula or field.type != "Text":
        return False
    return snapshot.derived(("markup", field.uid), lambda: (_makes(field, snapshot),))[0]


def _makes(field: CustomField, snapshot: Snapshot) -> bool:
    found = parts(formula_of(field, snapshot))
    return any(isinstance(part, Apply) and part.function.name in _MAKERS for part in found)


def drawn(text: str) -> Markup:
    """The text as markup."""
    found, at = Markup(), 0
    for piece in _PIECE.finditer(text):
        found += escape(text[at : piece.start()])
        found += _link(piece) if piece[1] is not None else _picture(piece[0])
        at = piece.end()
    return found + escape(text[at:])


def bare(text: str) -> str:
    """What a person reads of it: labels of links, alternatives of pictures."""

    def label(piece: re.Match[str]) -> str:
        inner = piece[3] if piece[1] is not None else piece[0]
        picture = _PICTURE.fullmatch(inner)
        return unescape(picture[2] if picture else inner)

    return _PIECE.sub(label, text)


def _link(piece: re.Match[str]) -> Markup:
    address, label = unescape(piece[1]), piece[3]
    shown = _picture(label) if _PICTURE.fullmatch(label) else escape(unescape(label))
    if record := _RECORD.fullmatch(address):
        address = f"/r/{record[1]}"
    elif not any(safe.fullmatch(address) for safe in (_OUTSIDE, _INSIDE, _MAIL)):
        return shown
    target = "" if unescape(piece[2] or "") == "_self" else ' target="_blank"'
    opened = f'<a class="link" href="{escape(address)}"{_REL}{target}>'
    return Markup(f"{opened}{shown}</a>")  # noqa: S704 - both parts are escaped


def _picture(text: str) -> Markup:
    found = _PICTURE.fullmatch(text)
    assert found is not None  # noqa: S101 - the caller has looked
    address, alt = unescape(found[1]), unescape(found[2])
    if not (_OUTSIDE.fullmatch(address) or _INSIDE.fullmatch(address)):
        return escape(alt)
    opened = f'<img src="{escape(address)}" alt="{escape(alt)}"'
    return Markup(f'{opened}{found[3]} loading="lazy">')  # noqa: S704 - all parts are escaped
