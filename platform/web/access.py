"""Who may call a view: every view says so, and the application does not start with one that forgot.

The check runs before the view for each request; a view without a word is refused, not open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, TypeVar

from flask import Flask

from ..people.api_tokens import Scope

View = TypeVar("View", bound=Callable[..., Any])


class Access(IntEnum):
    """How much a caller must be."""

    ANYONE = 0
    HALF_SIGNED_IN = 1  # signed in, but still to choose a first password
    SIGNED_IN = 2
    DELEGATED = 3  # an administrator, or a delegate: the view asks how far they may go
    ADMINISTRATOR = 4


ANYONE = Access.ANYONE
HALF_SIGNED_IN = Access.HALF_SIGNED_IN
SIGNED_IN = Access.SIGNED_IN
DELEGATED = Access.DELEGATED
ADMINISTRATOR = Access.ADMINISTRATOR

_MARK, _SCOPE = "__trellis_access__", "__trellis_scope__"


def requires(access: Access, token: Scope | None = None) -> Callable[[View], View]:
    """Marks a view function or a class of views with what its caller must be.

    With `token` a program may call it too that has an API token of that scope: such a view answers
    with data and keeps nothing in the cookie.
    """

    def marked(view: View) -> View:
        setattr(view, _MARK, access)
        setattr(view, _SCOPE, token)
        return view

    return marked


def find_scope(view: Callable[..., Any]) -> Scope | None:
    """The scope with which a program may call the view; None when none may."""
    found = getattr(view, _SCOPE, None)
    return found if isinstance(found, Scope) else None


def find_access(view: Callable[..., Any]) -> Access | None:
    """What the view asks for; None when it does not say."""
    found = getattr(view, _MARK, None)
    if found is None:
        found = getattr(getattr(view, "view_class", None), _MARK, None)
    return found if isinstance(found, Access) else None


def undeclared(app: Flask) -> Iterator[str]:
    """The endpoints whose view does not say who may call it."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if view is None or find_access(view) is None:
            yield f"{rule.endpoint} ({rule.rule})"


def refuse_undeclared(app: Flask) -> None:
    """Raises RuntimeError when a view does not say who may call it."""
    if missing := sorted(undeclared(app)):
        raise RuntimeError(f"these views lack @requires(…): {', '.join(missing)}")
