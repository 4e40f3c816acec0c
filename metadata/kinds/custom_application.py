"""An app: a named set of tabs for one kind of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import ICON, KINDS, NAME, check_ids, check_single_default, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomApplication(Definition):
    """`tabs` are names of CustomTabs in their order; `rank` orders the apps in the switcher."""

    icon: str = "layout-grid"
    tone: int = 1  # 1–8
    tabs: tuple[str, ...] = ()
    default: bool = False
    rank: int = 100


def _parse(document: Document) -> CustomApplication:
    get = document.get
    return CustomApplication(
        **common(document),
        icon=get("icon", "layout-grid"),
        tone=get("tone", 1),
        tabs=tuple(get("tabs", ())),
        default=get("default", False),
        rank=get("rank", 100),
    )


def _references(app: CustomApplication, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return tuple(
        Reference(("tabs", i), "CustomTab", tab, when_gone=WhenGone.TAKE_OUT, out=("tabs", i))
        for i, tab in enumerate(app.tabs)
    )


def _check(app: CustomApplication, snapshot: Snapshot) -> tuple[Problem, ...]:
    rivals = snapshot.of_kind("CustomApplication")
    problems = [*check_single_default(app, snapshot, rivals), *check_ids(app.tabs, "tabs")]
    for i, tab in enumerate(app.tabs):
        if snapshot.find("CustomTab", tab) is None:
            hint = did_you_mean(tab, (t.name for t in snapshot.of_kind("CustomTab")))
            message = _("There is no tab %(name)s.", name=repr(tab))
            problems.append(Problem("app.unknown_tab", ("tabs", i), message, hint))
    return tuple(problems)


KINDS.register(
    Kind(
        name="CustomApplication",
        label=lazy("App"),
        schema=schema(
            "CustomApplication",
            {
                "icon": dict(ICON),
                "tone": {"type": "integer", "minimum": 1, "maximum": 8},
                "tabs": listed(NAME, 100),
                "default": {"type": "boolean"},
                "rank": {"type": "integer", "minimum": 0, "maximum": 100000},
            },
            ("label",),
        ),
        rank=60,
        folder="applications",
        suffix="app",
        parse=_parse,
        references=_references,
        check=_check,
        icon="layout-grid",
    )
)
