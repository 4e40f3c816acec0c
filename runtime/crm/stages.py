"""The stage of an opportunity brings its probability and forecast category along.

What the values of the stage field say of themselves decides (`probability`, `forecastCategory`).
Whoever sets the probability or the category in the same save has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...metadata.field_types.base import Value
from ..records.companions import Companion, accompany
from ..records.draft import Draft
from ..records.steps import Save

STAGE, PROBABILITY, CATEGORY = "StageName", "Probability", "ForecastCategoryName"
#: {what a stage says: the value of the category}
CATEGORIES: Mapping[str, str] = {"BestCase": "Best Case", "Forecast": "Commit"}


def _follow(save: Save) -> None:
    known = save.rules.fields
    if (stage := known.get(STAGE)) is None:
        return
    said = {v.name: v.attributes for v in save.snapshot.values(stage.field)}
    for draft in save.drafts:
        moved = draft.values.get(STAGE)
        if isinstance(moved, str) and moved in said:
            _bring(draft, {n: v for n, v in _brought(said[moved]) if n in known})


def _brought(said: Mapping[str, Any]) -> list[tuple[str, Value]]:
    """(field, value) of what a stage says of itself."""
    found: list[tuple[str, Value]] = []
    if "probability" in said:
        found.append((PROBABILITY, Decimal(str(said["probability"]))))
    if category := said.get("forecastCategory"):
        found.append((CATEGORY, CATEGORIES.get(category, category)))
    return found


def _bring(draft: Draft, brought: Mapping[str, Value]) -> None:
    for name, value in brought.items():
        if name not in draft.values and draft.old.get(name) != value:
            draft.values[name] = value


STAGES = Companion("Opportunity", (STAGE, PROBABILITY, CATEGORY), before=_follow)


def bring() -> None:
    """Has stages go along with saves of opportunities."""
    accompany(STAGES)
