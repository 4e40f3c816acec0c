"""What must hold of kept views for `trellis check`; finds, never mends."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ...metadata.checks import check_document
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.migrations.tables import sys_view
from .kept import OWN


def check_lists(org_db: OrgDatabase) -> tuple[Problem, ...]:
    """Every view of a person that could not be read; empty for a sound org."""
    v = sys_view.c
    with org_db.read(seconds=600) as conn:
        rows = conn.execute(sa.select(v.user_id, v.key, v.document)).all()
    return tuple(problem for row in rows for problem in _broken(*row))


def _broken(user_id: str, key: str, document: object) -> Iterator[Problem]:
    is_own = key.startswith(OWN)
    if is_own != (document is not None):
        yield Problem("lists.view", (user_id, key), _("A view and its document do not belong."))
    elif isinstance(document, dict) and check_document(document):
        yield Problem("lists.view", (user_id, key), _("A view of somebody's own cannot be read."))
