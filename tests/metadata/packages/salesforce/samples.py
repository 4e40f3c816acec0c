"""The open-source projects in Salesforce format that stand beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from trellis.metadata.packages.archive import read_files
from trellis.metadata.packages.salesforce.components import Project
from trellis.metadata.packages.salesforce.reading import SALESFORCE, read_project

HOME = Path(__file__).parents[4].parent / "shared" / "data" / "salesforce"
SMALL = ("coral-cloud", "dreamhouse", "ebikes", "ecars")
LARGE = ("npsp", "pmm", "summit-events", "volunteers")


def place_of(name: str) -> Path:
    """The folder of a project; the test is skipped where there is none."""
    if not (HOME / name).is_dir():
        pytest.skip(f"there is no sample project at ../shared/data/salesforce/{name}")
    return HOME / name


def project_of(name: str) -> Project:
    return read_project(read_files(place_of(name), SALESFORCE), name)
