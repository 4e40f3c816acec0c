"""The org's own changes to a shipped document, as a patch that survives the next release of it.

`merge(base, diff(base, mine)) == mine`; after an upgrade `merge(new_base, patch)` is in effect.
Lists whose elements have an id (or a name, or are distinct texts) are compared element by element,
so a column added here and one added by the release are both kept. Others are replaced whole.

A patch of an object is `{"set": {key: value}, "drop": [keys], "in": {key: patch}}`, of such a list
`{"add": [elements], "drop": [keys], "in": {key: patch}, "order": [keys]}`, each part only if
needed. None is the empty patch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Json = Any
Patch = Mapping[str, Any] | None
IDENTITIES = ("id", "name", "object", "field", "tab", "application")


def diff(base: Json, mine: Json) -> Patch:
    """What makes `mine` of `base`; None when nothing."""
    if same(base, mine):
        return None
    if isinstance(base, Mapping) and isinstance(mine, Mapping):
        return _diff_objects(base, mine)
    if (found := _elements(base, mine)) is not None:
        return _diff_lists(*found)
    return {"value": mine}


def merge(base: Json, patch: Patch) -> Json:
    """The base with the patch in it; a change in a part that is gone is gone with it."""
    if patch is None:
        return base
    if "value" in patch:
        return patch["value"]
    if isinstance(base, Mapping):
        return _merge_object(base, patch)
    if isinstance(base, list | tuple):
        return _merge_list(list(base), patch)
    return base


def same(one: Json, other: Json) -> bool:
    """JSON equality: true is not 1, and the order of keys does not matter."""
    return one == other and dumped(one) == dumped(other)


def dumped(value: Json) -> str:
    """The value as JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# -- objects


def _diff_objects(base: Mapping[str, Json], mine: Mapping[str, Json]) -> Patch:
    changed = {k: diff(base[k], mine[k]) for k in base if k in mine}
    inner = {k: patch for k, patch in changed.items() if patch is not None}
    return _patch(
        set={k: v for k, v in mine.items() if k not in base},
        drop=[k for k in base if k not in mine],
        **{"in": inner},
    )


def _merge_object(base: Mapping[str, Json], patch: Mapping[str, Any]) -> Json:
    gone = set(patch.get("drop", ()))
    inner = patch.get("in", {})
    merged = {k: merge(v, inner.get(k)) for k, v in base.items() if k not in gone}
    # a part that was changed here is kept, also when the release has dropped it whole
    merged |= {k: p["value"] for k, p in inner.items() if k not in base and "value" in p}
    return merged | patch.get("set", {})


# -- lists of elements with an identity

_Keyed = dict[str, Json]


def keyed(value: Json) -> _Keyed | None:
    """{identity: element} in order, or None for a list whose elements have no identity."""
    if not isinstance(value, list | tuple):
        return None
    if all(isinstance(element, str) for element in value):
        keys: Iterable[Any] = list(value)
    else:
        keys = next(
            (found for name in IDENTITIES if (found := _identities(value, name)) is not None), ()
        )
    by_key = dict(zip(keys, value, strict=False))
    return by_key if len(by_key) == len(value) else None


def _identities(value: Iterable[Json], name: str) -> list[str] | None:
    found = [e.get(name) if isinstance(e, Mapping) else None for e in value]
    return found if all(isinstance(key, str) for key in found) else None  # type: ignore[return-value]


def _elements(base: Json, mine: Json) -> tuple[_Keyed, _Keyed] | None:
    if (one := keyed(base)) is None or (other := keyed(mine)) is None:
        return None
    samples = [*base[:1], *mine[:1]]
    if len({_identity_name(e) for e in samples}) > 1:
        return None  # the elements have changed what they are
    return one, other


def _identity_name(element: Json) -> str:
    if isinstance(element, str):
        return ""
    return next(name for name in IDENTITIES if isinstance(element.get(name), str))


def _diff_lists(base: _Keyed, mine: _Keyed) -> Patch:
    changed = {k: diff(base[k], mine[k]) for k in base if k in mine}
    patch = {
        "add": [v for k, v in mine.items() if k not in base],
        "drop": [k for k in base if k not in mine],
        "in": {k: inner for k, inner in changed.items() if inner is not None},
    }
    natural = [*(k for k in base if k in mine), *(k for k in mine if k not in base)]
    order = list(mine) if natural != list(mine) else []
    return _patch(**patch, order=order) or {"value": list(mine.values())}


def _merge_list(base: list[Json], patch: Mapping[str, Any]) -> list[Json]:
    by_key = keyed(base)
    if by_key is None:
        return base
    gone, inner = set(patch.get("drop", ())), patch.get("in", {})
    merged = {k: merge(v, inner.get(k)) for k, v in by_key.items() if k not in gone}
    merged |= keyed(patch.get("add", [])) or {}
    order = patch.get("order")
    return [merged[k] for k in (_ordered(order, list(merged)) if order else merged)]


def _ordered(order: list[str], keys: list[str]) -> list[str]:
    """The keys in that order; those it does not know stay behind the one they stood behind."""
    known = set(keys)
    placed = [k for k in order if k in known]
    for i, key in enumerate(keys):
        if key not in order:
            before = keys[i - 1] if i else None
            placed.insert(placed.index(before) + 1 if before is not None else 0, key)
    return placed


def _patch(**parts: Any) -> Patch:
    return {name: part for name, part in parts.items() if part} or None
