"""What the tests of formulas share: the collections that lie beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def collection(*parts: str) -> Path:
    """A folder of shared/data; without it a test is left out, but not where it must run."""
    home = Path(__file__).parents[4].joinpath("shared", "data", *parts)
    if not home.is_dir():
        reason = f"the collection {'/'.join(parts)} is not at shared/data/"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return home
