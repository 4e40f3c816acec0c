"""Every resource of the API, hung on one blueprint."""

from __future__ import annotations

from flask import Blueprint, Flask

from . import (
    around,
    changed,
    composite,
    describe,
    edge,
    layouts,
    list_views,
    many,
    query,
    records,
    tree,
    userinfo,
    versions,
)
from .blueprint import api
from .jobs import resources as jobs

FAMILIES = (
    around,
    changed,
    composite,
    describe,
    jobs,
    layouts,
    list_views,
    many,
    query,
    records,
    tree,
    userinfo,
    versions,
)
BLUEPRINTS: tuple[Blueprint, ...] = (api,)

api.before_request(edge.require_token)
api.before_request(edge.count_call)
api.after_request(edge.say_limits)
api.register_error_handler(Exception, edge.answer_error)


def set_up(app: Flask) -> None:
    """Has unknown addresses of the API answered in its words."""
    for status in (404, 405):
        app.register_error_handler(status, edge.answer_unrouted)
