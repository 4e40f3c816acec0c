"""The addresses of lists: the state of one as parameters, and back."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from urllib.parse import quote, urlencode

from flask import request, url_for

from ...metadata.kinds.custom_object import CustomObject
from ..lists.state import ListState, read_state

LIST = "pages.list_records"
_OBJECT = "Object__"  # stands in an address for the name of one


def list_url(obj: CustomObject, state: ListState, endpoint: str = LIST, **more: str) -> str:
    """The address of a state of an object's list, or of something done to it.

    A list names some forty, the same ones at each visit, so they are kept.
    """
    return _address(obj.name, state, endpoint, tuple(more.items()))


@lru_cache(maxsize=4096)
def _address(
    object_name: str, state: ListState, endpoint: str, more: tuple[tuple[str, str], ...]
) -> str:
    path = _path(endpoint, **dict(more)).replace(_OBJECT, quote(object_name))
    query = urlencode(parameters(state))
    return f"{path}?{query}" if query else path


@cache
def _path(endpoint: str, **more: str) -> str:
    return url_for(endpoint, object_name=_OBJECT, **more)  # type: ignore[arg-type]


def parameters(state: ListState) -> list[tuple[str, str]]:
    """The parameters of the address, the place in the list included."""
    found = state.parameters()
    found += [
        (name, text) for name, text in (("after", state.after), ("before", state.before)) if text
    ]
    return [*found, ("from", str(state.start))] if state.start > 1 else found


def state_here() -> ListState:
    """What the address of this request says."""
    return read_state(request.args.to_dict(flat=False))


def sort_url(obj: CustomObject, state: ListState, text: str) -> str:
    """The list sorted as the text says, from its first page."""
    bare = list_url(obj, replace(state.first_page, sort=()))
    return f"{bare}{'&' if '?' in bare else '?'}sort={quote(text)}"


def export_url(obj: CustomObject, state: ListState, kind: str) -> str:
    """All pages of the list as a file."""
    return list_url(obj, state.first_page, "pages.export_records", kind=kind)


def print_url(obj: CustomObject, state: ListState) -> str:
    """The list for paper, from its first row."""
    bare = list_url(obj, state.first_page)
    return f"{bare}{'&' if '?' in bare else '?'}print=1"
