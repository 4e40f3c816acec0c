"""An org of an older release gets what this one ships when it is opened."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.packages.install import install_documents
from trellis.metadata.packages.read import read_package
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_setting
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import system_actor
from trellis.seeds import install

PROFILE = "std.profile.Admin"


@pytest.fixture
def older(org_db: OrgDatabase) -> OrgDatabase:
    """An org with the package as it was before there were profiles, and a change of its own."""
    shipped = [d for d in read_package(install.STANDARD) if d["kind"] not in ("Profile", "Role")]
    kept = [d for d in shipped if d["kind"] != "Translations"]
    by = system_actor(org_db.key, "a test")
    install_documents(org_db, by, kept, origin=install.ORIGIN)
    account = dict(SNAPSHOTS.get(org_db).object("Account").document) | {"label": "Company"}
    deploy(org_db, by, ChangeSet((account,)))
    return org_db


def test_an_older_org_is_brought_up_to_date_once_and_keeps_its_changes(older: OrgDatabase) -> None:
    assert SNAPSHOTS.get(older).find_uid(PROFILE) is None
    done = install.upgrade_standard(older)
    assert done is not None
    snapshot = SNAPSHOTS.get(older)
    assert snapshot.find_uid(PROFILE) is not None
    assert snapshot.object("Account").label == "Company"
    assert install.upgrade_standard(older) is None
    assert SNAPSHOTS.get(older).version == snapshot.version


def test_a_new_release_is_told_by_the_digest_of_its_files(older: OrgDatabase) -> None:
    install.upgrade_standard(older)
    with older.write() as conn:
        noted = sa.update(sys_setting).where(sys_setting.c.name == install.INSTALLED)
        conn.execute(noted.values(value="of another release"))
    assert install.upgrade_standard(older) is not None


def test_an_org_without_the_package_is_left_alone(org_db: OrgDatabase) -> None:
    assert install.upgrade_standard(org_db) is None
    assert SNAPSHOTS.get(org_db).version == 0


def test_opening_an_org_upgrades_it(older: OrgDatabase, orgs: Orgs) -> None:
    with Orgs(orgs.config, (install.upgrade_standard,)) as later:
        assert SNAPSHOTS.get(later.open(older.key)).find_uid(PROFILE) is not None
