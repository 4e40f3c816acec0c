from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from tests.factories import (
    administrator,
    deployed,
    make_actor,
    make_document,
    make_field,
    make_object,
    make_snapshot,
    nobody,
)
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.grants import FieldRight, ObjectRight
from trellis.metadata.reach import reach_of
from trellis.metadata.rights import EVERYTHING, Rights, rights_of
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.metadata.system_permissions import SYSTEM_PERMISSIONS, with_included
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Denied, Rejected
from trellis.runtime.access.standing import standing_of

pytestmark = pytest.mark.abuse("A12", "A13", "A14", "A15", "A16")

READ, EDIT = FieldRight.READ, FieldRight.EDIT


def documents() -> list[Document]:
    def reads(*names: str) -> dict[str, Any]:
        return {
            "objectPermissions": [{"object": "Account", "allowRead": True}],
            "fieldPermissions": [{"field": f"Account.{n}", "readable": True} for n in names],
        }

    edits = {
        "objectPermissions": [{"object": "Account", "allowEdit": True}],
        "fieldPermissions": [{"field": "Account.Phone", "editable": True}],
        "userPermissions": [{"name": "ManageUsers"}],
        "customPermissions": [{"name": "Approve"}],
    }
    mutes = {
        "objectPermissions": [{"object": "Account", "allowDelete": True}],
        "fieldPermissions": [{"field": "Account.Phone", "editable": True}],
        "userPermissions": [{"name": "ManageUsers"}],
    }
    blinds = {
        "objectPermissions": [{"object": "Account", "allowRead": True}],
        "fieldPermissions": [{"field": "Account.Phone", "readable": True}],
    }
    return [
        make_object("Account", keyPrefix="001"),
        make_field("Account.Name"),
        make_field("Account.Phone"),
        make_field("Account.Seat", "Address"),
        make_field("Account.Needed", required=True),
        make_object("Line__c", sharingModel="ControlledByParent", nameField=""),
        make_field("Line__c.Account__c", "MasterDetail", to="Account"),
        make_field("Line__c.Note__c"),
        make_document("CustomPermission", "Approve"),
        make_document("Profile", "Reader", **reads("Seat")),
        make_document("PermissionSet", "Editing", **edits),
        make_document("PermissionSetGroup", "Muted", permissionSets=["Editing"], muting=mutes),
        make_document("PermissionSetGroup", "Blind", permissionSets=["Editing"], muting=blinds),
    ]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot(*documents())


def rights(snapshot: Snapshot, profile: str, *sets: str) -> Rights:
    kinds = ("Profile", "PermissionSet", "PermissionSetGroup")
    uids = {d.name: d.uid for kind in kinds for d in snapshot.of_kind(kind)}
    held = tuple(uids[name] for name in sets)
    return rights_of(make_actor(uids.get(profile, profile), permission_sets=held), snapshot)


def test_what_sets_grant_adds_to_the_profile(snapshot: Snapshot) -> None:
    account, phone = snapshot.object("Account"), snapshot.field("Account", "Phone")
    plain, more = rights(snapshot, "Reader"), rights(snapshot, "Reader", "Editing")
    assert (plain.object(account), plain.field(phone)) == (ObjectRight.READ, FieldRight.NONE)
    assert more.object(account) == ObjectRight.READ | ObjectRight.EDIT
    assert more.field(phone) == READ | EDIT
    assert more.holds("ManageUsers")
    assert more.holds("ViewSetup"), "managing users includes opening Setup"
    assert more.holds_custom("Approve")
    assert not plain.holds_custom("Approve")


def test_what_a_group_mutes_is_taken_from_its_own_sets_only(snapshot: Snapshot) -> None:
    account, phone = snapshot.object("Account"), snapshot.field("Account", "Phone")
    muted = rights(snapshot, "MinimumAccess", "Muted")
    assert muted.object(account) == ObjectRight.READ | ObjectRight.EDIT, "no more deleting"
    assert muted.field(phone) == READ, "no more editing"
    assert not muted.holds("ManageUsers")
    assert muted.holds_custom("Approve")
    both = rights(snapshot, "Reader", "Muted", "Editing")
    assert both.field(phone) == READ | EDIT


def test_with_muted_reading_goes_all_that_needs_it(snapshot: Snapshot) -> None:
    blind = rights(snapshot, "MinimumAccess", "Blind")
    assert blind.object(snapshot.object("Account")) == ObjectRight.NONE
    assert blind.field(snapshot.field("Account", "Phone")) == FieldRight.NONE


def test_what_names_owns_dates_or_requires_is_always_shown(snapshot: Snapshot) -> None:
    found = rights(snapshot, "Reader")
    for name in ("Name", "Needed", "OwnerId", "CreatedDate"):
        assert found.field(snapshot.field("Account", name)) == READ | EDIT
    assert found.field(snapshot.field("Line__c", "Account__c")) == READ | EDIT
    assert found.field(snapshot.field("Line__c", "Note__c")) == FieldRight.NONE


def test_a_component_is_as_its_compound(snapshot: Snapshot) -> None:
    city = next(n for n in snapshot.fields("Account") if n.endswith("City"))
    assert rights(snapshot, "Reader").field(snapshot.field("Account", city)) == READ


def test_modifying_all_data_is_everything_on_every_object(snapshot: Snapshot) -> None:
    for obj in snapshot.objects():
        assert rights(snapshot, "Admin").object(obj) == EVERYTHING


@pytest.mark.parametrize("profile", ["", "gone", "MinimumAccess"])
def test_without_a_profile_there_is_no_right(snapshot: Snapshot, profile: str) -> None:
    found = rights(snapshot, profile, *())
    assert found.object(snapshot.object("Account")) == ObjectRight.NONE
    assert not found.system
    assert found.tab("anything") == "Hidden"


def test_the_system_may_do_everything(snapshot: Snapshot) -> None:
    found = rights_of(nobody(), snapshot)
    assert all(map(found.holds, SYSTEM_PERMISSIONS))
    assert found.object(snapshot.object("Account")) == EVERYTHING


def test_a_permission_that_is_none_is_an_error(snapshot: Snapshot) -> None:
    with pytest.raises(LookupError):
        rights(snapshot, "Admin").holds("FlyToTheMoon")


def test_included_permissions_are_permissions() -> None:
    for row in SYSTEM_PERMISSIONS.values():
        assert set(row.includes) <= set(SYSTEM_PERMISSIONS)
        assert with_included(frozenset({row.name})) >= {row.name, *row.includes}


# -- deploying


def test_each_kind_is_changed_by_whoever_holds_its_permission(org_db: OrgDatabase) -> None:
    grant = [{"name": "ManageSharing"}]
    sharer = make_document("Profile", "Sharer", userPermissions=grant)
    snapshot = deployed(org_db, *documents(), sharer)
    actor = make_actor(snapshot.get("Profile", "Sharer").uid)
    deploy(org_db, actor, ChangeSet((make_document("Role", "Chief"),)))
    for document in (make_document("PermissionSet", "Power"), make_object("Own__c")):
        with pytest.raises(Denied):
            deploy(org_db, actor, ChangeSet((document,)))
    assert SNAPSHOTS.get(org_db).find("PermissionSet", "Power") is None


def test_a_shipped_profile_is_neither_changed_nor_removed_by_a_person(org_db: OrgDatabase) -> None:
    snapshot = deployed(org_db, *documents())
    standard = snapshot.get("Profile", "Standard")
    changed = dict(standard.document) | {"label": "Anybody"}
    for change_set in (ChangeSet((changed,)), ChangeSet((), (standard.uid,))):
        with pytest.raises(Rejected) as refusal:
            deploy(org_db, administrator(), change_set)
        assert [p.code for p in refusal.value.problems] == ["profile.protected"]


def test_a_deleted_and_remade_field_has_none_of_its_old_grants(org_db: OrgDatabase) -> None:
    deployed(org_db, *documents())
    phone = SNAPSHOTS.get(org_db).field("Account", "Phone")
    deploy(org_db, administrator(), ChangeSet((), (phone.uid,)))
    deploy(org_db, administrator(), ChangeSet((dict(phone.document) | {"uid": "another"},)))
    snapshot = SNAPSHOTS.get(org_db)
    assert rights(snapshot, "Reader", "Editing").field(snapshot.field("Account", "Phone")) == 0


def test_what_was_worked_out_goes_with_its_snapshot() -> None:
    snapshot = make_snapshot(make_object("Account"), make_field("Account.Name"))
    for actor in (administrator(), nobody()):
        assert rights_of(actor, snapshot) is rights_of(actor, snapshot)
        standing_of(actor, snapshot)
    reach_of(snapshot)
    gone = weakref.ref(snapshot)
    del snapshot
    gc.collect()
    assert gone() is None
