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
    dependencies,
    field_access,
    field_defaults,
    field_usage,
    fields,
    formula_fields,
    gatherings,
    grants,
    guide,
    highlights,
    holders,
    home,
    labels,
    layout_assignment,
    layouts,
    list_views,
    lookup_filter,
    mail,
    objects,
    package_export,
    package_gallery,
    package_install,
    packages,
    paths,
    permit_sign_in,
    permits,
    processes,
    record_types,
    report_folders,
    report_types,
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
    *(apps, audit, belongings, bin, changes, company, delegations, dependencies, field_access),
    *(field_defaults, field_usage, fields, formula_fields, gatherings, grants, highlights, holders),
    *(home, labels, layout_assignment, layouts, list_views, lookup_filter, mail, objects),
    *(package_export, package_gallery, package_install, packages, paths, permit_sign_in, permits),
    *(processes, record_types, report_folders, report_types, roles, rollups, rules, sharing),
    *(sign_in_policy, user_access, users, value_sets, viewing, working_time),
)
BLUEPRINTS: tuple[Blueprint, ...] = (setup, guide.blueprint)
