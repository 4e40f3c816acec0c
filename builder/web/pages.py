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
    delegations,
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
    package_export,
    package_gallery,
    package_install,
    packages,
    permit_sign_in,
    permits,
    roles,
    rollups,
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
    *(apps, audit, belongings, bin, changes, company, delegations, field_access, fields),
    *(gatherings, grants, highlights, holders, home, labels, layouts, list_views, mail, objects),
    *(permit_sign_in, permits, roles, rollups, rules, sharing, sign_in_policy, user_access, users),
    *(value_sets, viewing, working_time),
    *(package_export, package_gallery, package_install, packages),
)
BLUEPRINTS: tuple[Blueprint, ...] = (setup, guide.blueprint)
