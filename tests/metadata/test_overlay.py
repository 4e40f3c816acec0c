"""An org's changes survive the next release of what they change."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from trellis.metadata.overlay import diff, merge, same

_SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "a", "b"])
)
_KEYS = st.sampled_from(["a", "b", "id", "name", "value", "in", "set", "drop", "order"])


def _deeper(inner: Any) -> Any:
    element = st.builds(
        lambda key, rest: {"id": key, **rest},
        st.sampled_from("pqrs"),
        st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2),
    )
    return (
        st.dictionaries(_KEYS, inner, max_size=4)
        | st.lists(inner, max_size=4)
        | st.lists(element, max_size=4, unique_by=lambda e: e["id"])
        | st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=4)
    )


JSON = st.recursive(_SCALARS, _deeper, max_leaves=12)


@given(JSON, JSON)
@example([], [{"id": "a"}])
@example([{"id": "a"}], [{"name": "a"}])
@example({"a": 1}, {"a": True})
@example(["a", "b"], ["b", "a"])
@example([{"id": "a"}, {"id": "a"}], [{"id": "a"}])
@example({"value": 1}, {"value": {"value": 2}})
def test_what_differs_put_into_the_base_gives_mine(base: Any, mine: Any) -> None:
    assert same(merge(base, diff(base, mine)), mine)


@given(JSON)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert diff(value, json.loads(json.dumps(value))) is None


@given(JSON, JSON)
def test_a_patch_is_json(base: Any, mine: Any) -> None:
    patch = diff(base, mine)
    assert same(merge(base, json.loads(json.dumps(patch))), mine)


@given(JSON, JSON, JSON)
def test_a_patch_can_be_put_into_any_other_release(base: Any, mine: Any, newer: Any) -> None:
    merge(newer, diff(base, mine))


LAYOUT: dict[str, Any] = {
    "label": "Account",
    "sections": [
        {"id": "s1", "label": "Facts", "cells": [
            {"id": "c1", "field": "Name"}, {"id": "c2", "field": "Phone"},
        ]},
        {"id": "s2", "label": "More", "cells": []},
    ],
    "columns": ["Name", "Phone"],
}  # fmt: skip


def changed(**parts: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(LAYOUT)), **parts}


def test_a_release_and_the_org_may_both_add_a_column() -> None:
    mine = changed(columns=["Name", "Mine__c", "Phone"])
    newer = changed(columns=["Name", "Phone", "Fax"])
    merged = merge(newer, diff(LAYOUT, mine))
    assert sorted(merged["columns"]) == ["Fax", "Mine__c", "Name", "Phone"]
    assert merged["columns"].index("Mine__c") == 1


def test_a_cell_moved_here_takes_the_label_the_release_gave_its_section() -> None:
    mine = changed()
    mine["sections"][0]["cells"].reverse()
    newer = changed()
    newer["sections"][0]["label"] = "Main facts"
    section = merge(newer, diff(LAYOUT, mine))["sections"][0]
    assert section["label"] == "Main facts"
    assert [cell["id"] for cell in section["cells"]] == ["c2", "c1"]


def test_what_the_org_took_out_stays_out() -> None:
    mine = changed(columns=["Name"])
    newer = changed(columns=["Name", "Phone", "Fax"])
    assert merge(newer, diff(LAYOUT, mine))["columns"] == ["Name", "Fax"]


def test_a_change_within_what_the_release_dropped_is_dropped_with_it() -> None:
    mine = changed()
    mine["sections"][1]["label"] = "Mine"
    newer = changed(sections=LAYOUT["sections"][:1])
    assert merge(newer, diff(LAYOUT, mine)) == newer


def test_a_label_of_the_orgs_own_stays() -> None:
    mine = changed(label="Company")
    assert merge(changed(label="Accounts"), diff(LAYOUT, mine))["label"] == "Company"
