"""What the kinds share: the registry and small readers of documents."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...platform.registry import Registry
from ..definition import Document, Kind, Uid

KINDS: Registry[Kind] = Registry("kind")

TEXT: Mapping[str, Any] = MappingProxyType({"type": "string", "maxLength": 255})
NAME: Mapping[str, Any] = MappingProxyType({"type": "string", "minLength": 1, "maxLength": 240})


def schema(
    kind: str, properties: Mapping[str, Any], required: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """The JSON Schema of a kind's document; every document has kind, uid and name."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "uid", "name", *required],
        "properties": {
            "kind": {"const": kind},
            "uid": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,160}$"},
            "name": dict(NAME),
            "label": dict(TEXT),
            "description": {"type": "string", "maxLength": 1000},
            **properties,
        },
    }


def common(document: Document) -> dict[str, Any]:
    """The attributes that every definition has, for its constructor."""
    return {
        "uid": Uid(document["uid"]),
        "name": document["name"],
        "label": document.get("label", ""),
        "description": document.get("description", ""),
        "document": document,
    }
