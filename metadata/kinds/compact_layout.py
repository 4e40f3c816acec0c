"""A compact layout: the few fields that the head of a record page and a hover card show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind, Reference
from .base import (
    KINDS,
    NAME,
    check_ids,
    check_object,
    check_path,
    check_single_default,
    common,
    listed,
    of_object,
    of_path,
    schema,
)  # fmt: skip

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactLayout(Definition):
    """`fields` are paths, most important first; the record's name is always the heading."""

    object: str
    fields: tuple[str, ...] = ()
    default: bool = False


def _parse(document: Document) -> CompactLayout:
    return CompactLayout(
        **common(document),
        object=document["object"],
        fields=tuple(document.get("fields", ())),
        default=document.get("default", False),
    )


def _references(layout: CompactLayout, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(layout.document))
    for i, text in enumerate(layout.fields):
        found += of_path(snapshot, layout.object, text, ("fields", i))
    return tuple(found)


def _check(layout: CompactLayout, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, layout.object):
        return problems
    rivals = (other for other in snapshot.of_kind("CompactLayout") if other.object == layout.object)
    found = [*check_single_default(layout, snapshot, rivals), *check_ids(layout.fields, "fields")]
    for i, text in enumerate(layout.fields):
        found += check_path(snapshot, layout.object, text, "fields", i)
    return tuple(found)


KINDS.register(
    Kind(
        name="CompactLayout",
        label=lazy("Compact layout"),
        schema=schema(
            "CompactLayout",
            {"object": dict(NAME), "fields": listed(NAME, 10), "default": {"type": "boolean"}},
            ("object",),
        ),
        rank=41,
        folder="objects/{object}/compactLayouts",
        suffix="compactLayout",
        parse=_parse,
        references=_references,
        check=_check,
        icon="panel-top",
    )
)
