"""The standard package as read from its files, and as a snapshot of an org that has just it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trellis.metadata import checks
from trellis.metadata.definition import Document
from trellis.metadata.packages.read import read_package
from trellis.metadata.snapshot import Snapshot

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


@pytest.fixture(scope="session")
def standard() -> Path:
    """The folder of the standard package."""
    return SEEDS / "standard"


@pytest.fixture(scope="session")
def documents(standard: Path) -> tuple[Document, ...]:
    return read_package(standard)


@pytest.fixture(scope="session")
def snapshot(documents: tuple[Document, ...]) -> Snapshot:
    """An org of the standard package alone."""
    return Snapshot("seeds", 1, [checks.parse(document) for document in documents])
