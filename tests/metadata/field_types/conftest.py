"""A bare org on each database for a whole module, and the key that encrypted values need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.conftest import make_config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.orgs import Orgs
from trellis.platform.vault import Vault, use_vault


@pytest.fixture(autouse=True)
def _vault() -> Iterator[None]:
    with use_vault(Vault(("0123456789abcdef" * 4,))):
        yield


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OrgDatabase]:
    """One org for all tests of the module; what a test writes is rolled back."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    orgs = Orgs(make_config(tmp_path_factory.mktemp("orgs"), url))
    yield orgs.create("fields", "Fields")
    orgs.delete("fields")
    orgs.dispose()


@pytest.fixture
def conn(database: OrgDatabase) -> Iterator[sa.Connection]:
    """A connection in a transaction that is given up in the end."""
    with database.write() as conn:
        nested = conn.begin_nested()
        yield conn
        nested.rollback()
