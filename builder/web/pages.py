"""Every page family of Setup, hung on one blueprint."""

from __future__ import annotations

from flask import Blueprint

from . import (
    apps,
    bin,
    changes,
    company,
    fields,
    highlights,
    home,
    labels,
    layouts,
    list_views,
    objects,
    users,
    value_sets,
)
from .blueprint import setup

FAMILIES = (
    *(apps, bin, changes, company, fields, highlights, home, labels, layouts, list_views, objects),
    *(users, value_sets),
)
BLUEPRINTS: tuple[Blueprint, ...] = (setup,)
