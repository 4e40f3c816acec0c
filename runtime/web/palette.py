"""The palette (Ctrl K): records, places, deeds and setup by a few letters, as JSON for a script.

Without scripts the search box leads to the page of results. What can be gone to or done comes from
sources; other floors add theirs with `offer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from jinja2.utils import htmlsafe_json_dumps
from sqlalchemy import Connection

from ...platform.i18n import _, lazy
from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may
from ..query.words import asked_words, sound_words, words_of
from ..records.recent import recent
from ..search import Hit, found_in, having, meant, searched
from .blueprint import pages
from .cells import record_url
from .scope import Here, here
from .shell import Nav

EACH, RECORDS, PLACES = 5, 8, 6
GO, DO, SETUP, HELP = lazy("Go to"), lazy("Do"), lazy("Setup"), lazy("Guide")
ORDER = (GO, DO, SETUP, HELP)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to go to: `words` are further ones that it is known by."""

    group: str
    label: str
    url: str
    icon: str
    detail: str = ""
    tone: int = 0
    words: str = ""


Source = Callable[[Here], Iterable[Entry]]
_SOURCES: list[Source] = []


def offer(source: Source) -> Source:
    """Has the palette find what the source knows; adding it twice changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)
    return source


@pages.get("/palette")
@requires(SIGNED_IN, Scope.READ)
def palette() -> Response:
    """What the letters in `q` find; without any what was looked at last."""
    scope = here()
    text = request.args.get("q", "").strip()[:200]
    with scope.read() as connection:
        records, said = _records(connection, scope, text)
    found = [{"label": said, "items": [one.item for one in records]}] if records else []
    others = _groups(_places(scope, text))
    is_meant = not text or any(one.is_close for one in records)
    groups = [*found, *others] if is_meant else [*others, *found]
    more = {
        "label": _("All results for “%(words)s”", words=text),
        "url": url_for("pages.search_results", q=text),
    }
    body = htmlsafe_json_dumps({"groups": groups, "more": more if text else None})
    answer = Response(body, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- records


@dataclass(frozen=True, slots=True)
class Found:
    """A record; `is_close` when a word of its name begins with the first of the letters."""

    item: dict[str, Any]
    is_close: bool


def _records(connection: Connection, scope: Here, text: str) -> tuple[list[Found], str]:
    """(records, heading): what was looked at last comes first."""
    if not text:
        seen = recent(connection, scope.actor, scope.snapshot, RECORDS)
        hits = [Hit(one.id, one.object, one.title) for one in seen]
        return [_found(scope, hit, ()) for hit in hits], _("Recently viewed")
    if found := _search(connection, scope, text):
        return found, _("Records")
    better = meant(connection, text)
    found = _search(connection, scope, better) if better else []
    return found, _("Did you mean “%(words)s”?", words=better)


def _search(connection: Connection, scope: Here, text: str) -> list[Found]:
    actor, snapshot = scope.actor, scope.snapshot
    if not (asked := asked_words(text)):
        return []
    hits: list[Hit] = []
    for obj in having(connection, snapshot, searched(actor, snapshot), text):
        hits += found_in(connection, actor, snapshot, obj, text, EACH)
        if len(hits) >= RECORDS * 3:
            break
    seen = {one.id for one in recent(connection, actor, snapshot, 30)} if len(hits) > 1 else set()

    def rank(hit: Hit) -> tuple[bool, bool, bool]:
        is_whole = asked[0] in words_of(hit.title)
        return not _is_close(hit, asked), hit.id not in seen, not is_whole

    ordered = sorted(hits, key=rank)
    return [_found(scope, hit, asked) for hit in ordered[:RECORDS]]


def _is_close(hit: Hit, asked: tuple[str, ...]) -> bool:
    known = (*words_of(hit.title), *sound_words(hit.title))
    return any(word.startswith(asked[0]) for word in known)


def _found(scope: Here, hit: Hit, asked: tuple[str, ...]) -> Found:
    obj = scope.snapshot.object(hit.object)
    kind = scope.snapshot.label(obj)
    item = {
        "label": hit.title,
        "detail": " · ".join(part for part in (kind, hit.detail) if part),
        "url": record_url(hit.id),
        "icon": obj.icon,
        "tone": obj.tone,
    }
    return Found(item, not asked or _is_close(hit, asked))


# -- places and deeds


def _groups(places: list[Entry]) -> list[dict[str, Any]]:
    """The entries under their headings."""
    found = ((group, [_item(one) for one in places if one.group is group]) for group in ORDER)
    return [{"label": str(group), "items": items[:PLACES]} for group, items in found if items]


def _places(scope: Here, text: str) -> list[Entry]:
    """The entries that the text finds; without any those to begin with."""
    asked = asked_words(text)
    entries = (entry for source in _SOURCES for entry in source(scope))
    if not asked:
        return [] if text else [entry for entry in entries if entry.group in (GO, DO)]
    return [entry for entry in entries if _is_meant(entry, asked)]


def _is_meant(entry: Entry, asked: tuple[str, ...]) -> bool:
    known = (*words_of(entry.label), *sound_words(entry.label), *words_of(entry.words))
    return all(any(word.startswith(one) for word in known) for one in asked)


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "label": entry.label,
        "detail": entry.detail,
        "url": entry.url,
        "icon": entry.icon,
        "tone": entry.tone,
    }


@offer
def _navigation(_scope: Here) -> Iterator[Entry]:
    """The tabs of the app, favourites, a person's own pages."""
    nav = Nav()
    for item in nav.items:
        if item.url:
            yield Entry(GO, item.label, item.url, item.icon, tone=item.tone)
    for _target, item in nav.favourites:
        yield Entry(GO, item.label, item.url, item.icon or "star", _("Favourite"), item.tone)
    yield Entry(GO, _("My settings"), "/settings", "settings", words=_("language theme password"))
    yield Entry(GO, _("Recycle bin"), url_for("pages.recycle_bin"), "trash-2")


@offer
def _deeds(scope: Here) -> Iterator[Entry]:
    """New records of the objects that have a tab."""
    for obj in searched(scope.actor, scope.snapshot):
        if may(scope.actor, Operation.CREATE, obj, scope.snapshot):
            label = _("New %(what)s", what=scope.snapshot.label(obj))
            url = url_for("pages.new_record", object_name=obj.name)
            yield Entry(DO, label, url, "plus", words=scope.snapshot.label(obj))
