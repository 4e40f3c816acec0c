"""Programs of the demo company."""

from __future__ import annotations

import pytest

from tests.demo_site import Site

from .programs import Program


@pytest.fixture
def admin(site: Site) -> Program:
    """A program of the administrator's that may write."""
    return Program(site, site.actor())
