"""A component that another system described: its own words, kept beside what lives here of it.

What cannot live in this org is kept whole and does nothing; of what lives the original is kept, so
that it can be written again with everything it said. Nothing is read from it when records are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import KINDS, NAME, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Content:
    """A file that belongs to it; `text` or, for what is no text, `base64`."""

    path: str
    text: str = ""
    base64: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptComponent(Definition):
    """`type`, `full_name`, `home` and `place` are as the other system has them.

    `lives_as` is (kind, name) of what it is here, None for what is only kept. `digests` say what
    was written of that when it came: {element: digest}. What is the same still is written again in
    the words of `xml`; what has changed here since, as it is now.
    """

    type: str
    full_name: str
    place: str
    home: str = ""
    xml: str = ""
    is_twin: bool = False
    contents: tuple[Content, ...] = ()
    lives_as: tuple[str, str] | None = None
    digests: Mapping[str, str] = field(default_factory=lambda: NOTHING)


def _parse(document: Document) -> KeptComponent:
    get = document.get
    lives_as = get("livesAs")
    return KeptComponent(
        **common(document),
        type=document["type"],
        full_name=document["fullName"],
        place=document["place"],
        home=get("home", ""),
        xml=get("xml", ""),
        is_twin=get("twin", False),
        contents=tuple(
            Content(row["path"], row.get("text", ""), row.get("base64", ""))
            for row in get("contents", ())
        ),
        lives_as=(lives_as["kind"], lives_as["name"]) if lives_as else None,
        digests=MappingProxyType(dict(get("digests", NOTHING))),
    )


def _references(kept: KeptComponent, _snapshot: Snapshot) -> tuple[Reference, ...]:
    """What it is here: when that goes, what was said of it goes too."""
    if kept.lives_as is None:
        return ()
    kind, name = kept.lives_as
    return (Reference(("livesAs", "name"), kind, name, when_gone=WhenGone.FOLLOW),)


_TEXT = {"type": "string", "maxLength": 16 * 1024 * 1024}
_CONTENT: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path"],
    "properties": {"path": dict(NAME), "text": _TEXT, "base64": _TEXT},
}
_LIVES_AS: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "name"],
    "properties": {"kind": dict(NAME), "name": dict(NAME)},
}

KINDS.register(
    Kind(
        name="KeptComponent",
        label=lazy("Kept component"),
        schema=schema(
            "KeptComponent",
            {
                "type": dict(NAME),
                "fullName": dict(NAME),
                "place": {"type": "string", "maxLength": 500},
                "home": {"type": "string", "maxLength": 500},
                "xml": _TEXT,
                "twin": {"type": "boolean"},
                "contents": listed(_CONTENT, 1000),
                "livesAs": _LIVES_AS,
                "digests": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            ("type", "fullName", "place"),
        ),
        rank=90,
        folder="kept",
        suffix="kept",
        parse=_parse,
        references=_references,
        check=lambda _kept, _snapshot: (),
        icon="archive",
    )
)
