"""Every page family of Setup, hung on one blueprint; and the guide."""

from __future__ import annotations

from flask import Blueprint

from . import (
    apps,
    audit,
    belongings,
    bin,
    changes,
    company,
    field_access,
    fields,
    gatherings,
    grants,
    guide,
    highlights,
    holders,
    home,
    labels,
    layouts,
    list_views,
    mail,
    objects,
    permits,
    report_folders,
    report_types,
    roles,
    rules,
    sharing,
    sign_in_policy,
    user_access,
    users,
    value_sets,
    viewing,
    working_time,
)
from .blueprint import setup

FAMILIES = (
    *(apps, audit, belongings, bin, changes, company, field_access, fields, gatherings, grants),
    *(highlights, holders, home, labels, layouts, list_views, mail, objects, permits, roles),
    *(
        report_folders,
        report_types,
        rules,
        sharing,
        sign_in_policy,
        user_access,
        users,
        value_sets,
        viewing,
    ),
    working_time,
)
BLUEPRINTS: tuple[Blueprint, ...] = (setup, guide.blueprint)
