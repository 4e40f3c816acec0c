"""The home of Setup: what can be done here, a search over it, what was changed last."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.i18n import _
from ...platform.web.access import DELEGATED, requires
from ...runtime.web.scope import here
from .blueprint import setup
from .changes import recent_changes
from .nav import TREE, stand

MOST = 60


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the search over Setup."""

    label: str
    detail: str
    url: str
    icon: str


@setup.get("/")
@requires(DELEGATED)
def home() -> str | Response:
    """The tree as cards; with `q` the pages, objects, fields and components it finds."""
    scope = here()
    if not scope.actor.is_administrator:
        return redirect(url_for("setup.users"))  # a delegate begins there
    stand("setup.home")
    words = request.args.get("q", "").strip()
    groups = [
        (_(heading), [(_(p.label), url_for(p.endpoint), p.icon, _(p.note)) for p in pages])
        for heading, pages in TREE
    ]
    return render_template(
        "builder/home.html",
        words=words,
        found=find_in_setup(scope.snapshot, words) if words else [],
        groups=groups,
        counts={
            "objects": len(scope.snapshot.objects()),
            "fields": len(scope.snapshot.of_kind("CustomField")),
        },
        changes=recent_changes(scope, 5),
    )


def find_in_setup(snapshot: Snapshot, words: str) -> list[Found]:
    """Pages and components whose label, API name or type has the words."""
    wanted = fold(words).split()
    candidates = [*_pages(), *_objects(snapshot), *_fields(snapshot)]
    hits = [found for text, found in candidates if all(word in fold(text) for word in wanted)]
    return hits[:MOST]


def _pages() -> list[tuple[str, Found]]:
    return [
        (
            f"{_(p.label)} {_(p.words)}",
            Found(_(p.label), _("Setup"), url_for(p.endpoint), p.icon),
        )
        for _heading, pages in TREE
        for p in pages
    ]


def _objects(snapshot: Snapshot) -> list[tuple[str, Found]]:
    return [
        (
            f"{snapshot.label(o)} {snapshot.label(o, 'pluralLabel')} {o.name}",
            Found(
                snapshot.label(o),
                o.name,
                url_for("setup.object_fields", object_name=o.name),
                o.icon,
            ),
        )
        for o in snapshot.objects()
    ]


def _fields(snapshot: Snapshot) -> list[tuple[str, Found]]:
    rows = []
    for field in snapshot.of_kind("CustomField"):
        label = snapshot.label(field)
        obj = snapshot.object(field.object_name)
        url = url_for("setup.field", object_name=obj.name, field_name=field.local_name)
        detail = f"{snapshot.label(obj)} · {field.local_name} · {field.field_type.label}"
        rows.append(
            (
                f"{label} {field.name} {field.field_type.label}",
                Found(label, detail, url, "text-cursor-input"),
            )
        )
    return rows
