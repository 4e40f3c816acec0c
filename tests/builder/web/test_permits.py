"""Profiles, permission sets and groups of sets by HTTP: what they allow takes effect at once."""

from __future__ import annotations

import re

import pytest

from tests.demo_site import Site, problems_of
from trellis.metadata.grants import FieldRight, ObjectRight
from trellis.metadata.rights import rights_of
from trellis.platform.people.assignments import Relation, give

STANDARD = "std.profile.Standard"
PHONE = "Account.Phone"


def made(site: Site, kind: str, label: str, source: str = "") -> str:
    """The uid of a new profile, permission set or group."""
    form = {"kind": kind, "label": label, "source": source}
    answer = site.guest().post("/setup/access/new", form)
    assert answer.status_code == 302, problems_of(answer.text)
    return next(one.uid for one in site.snapshot.of_kind(kind) if one.label == label)


def assigned(site: Site, uid: str, who: str = "rep") -> None:
    answer = site.guest().post(f"/setup/assigned/{uid}", {"give": site.actor(who).user_id})
    assert answer.status_code == 302


def set_cell(site: Site, uid: str, level: str, field: str = PHONE) -> int:
    form = {f"{uid}|{field}": level}
    path = f"/setup/access/{uid}/fields?object={field.partition('.')[0]}"
    return site.guest().post(path, form).status_code


def test_a_changed_cell_takes_effect_at_the_next_request(either_site: Site) -> None:
    site, rep = either_site, either_site.guest("rep")
    account = site.find_id("Account")
    uid = made(site, "Profile", "Sales rep", STANDARD)
    assigned(site, uid)
    assert 'name="Phone"' in rep.read(f"/r/{account}/edit")
    assert set_cell(site, uid, "read") == 302
    page = rep.read(f"/r/{account}/edit")
    assert not re.search(r'<input[^>]*name="Phone"(?![^>]*readonly)[^>]*>', page)
    assert ">Phone<" in rep.read(f"/r/{account}")
    assert set_cell(site, uid, "none") == 302
    assert ">Phone<" not in rep.read(f"/r/{account}")
    assert set_cell(site, uid, "edit") == 302
    assert 'name="Phone"' in rep.read(f"/r/{account}/edit")
    rows = site.snapshot.find_uid(uid).document["fieldPermissions"]
    assert [row["field"] for row in rows] == ["*"], "what the rest says needs no row"


def test_rights_on_objects_bring_what_they_need_and_go_with_it(either_site: Site) -> None:
    site = either_site
    uid = made(site, "Profile", "Reader of accounts", STANDARD)
    assigned(site, uid)
    form = {"object": ["Account", "Contact"], "r.Account": ["allowDelete"]}
    site.guest().submit(f"/setup/access/{uid}/objects", form)
    rights = rights_of(site.actor("rep"), site.snapshot)
    wanted = ObjectRight.READ | ObjectRight.EDIT | ObjectRight.DELETE
    assert rights.object(site.snapshot.object("Account")) == wanted
    assert rights.object(site.snapshot.object("Contact")) == ObjectRight.NONE
    assert rights.object(site.snapshot.object("Opportunity")) & ObjectRight.CREATE
    assert site.guest("rep").get("/o/Contact").status_code in (403, 404)
    assert site.guest("rep").get("/o/Account").status_code == 200


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("objects", {"object": "Account"}),
        ("fields?object=Account", {f"{STANDARD}|{PHONE}": "none"}),
        ("system", {"system": "ManageUsers"}),
        ("visibility", {"app": "Sales"}),
        ("details", {"label": "Mine"}),
    ],
)
def test_a_shipped_profile_refuses_and_says_to_clone_it(
    site: Site, page: str, form: dict[str, str]
) -> None:
    before = site.snapshot.version
    answer = site.guest().post(f"/setup/access/{STANDARD}/{page}", form)
    assert answer.status_code == 422
    assert "Clone it" in problems_of(answer.text)[0]
    assert site.snapshot.version == before
    site.guest().post(f"/setup/access/{STANDARD}/delete")
    assert site.snapshot.find_uid(STANDARD) is not None


def test_system_permissions_tabs_and_apps_of_a_set_add_to_the_profile(site: Site) -> None:
    uid = made(site, "PermissionSet", "Keeper")
    assigned(site, uid)
    site.guest().submit(f"/setup/access/{uid}/system", {"system": ["ViewAllData"]})
    tab = site.snapshot.of_kind("CustomTab")[0].name
    app = site.snapshot.of_kind("CustomApplication")[0].name
    form = {f"tab.{tab}": "DefaultOn", "app": app, "apps": app}
    site.guest().submit(f"/setup/access/{uid}/visibility", form)
    grants = site.snapshot.find_uid(uid).grants
    assert (grants.tab(tab), grants.may_use(app)) == ("DefaultOn", True)
    rights = rights_of(site.actor("rep"), site.snapshot)
    assert rights.object(site.snapshot.object("Account")) & ObjectRight.VIEW_ALL
    answer = site.guest().post(f"/setup/access/{uid}/system", {"system": "Fly"})
    assert answer.status_code == 422


def test_a_group_gives_its_sets_less_what_it_mutes(either_site: Site) -> None:
    site = either_site
    profile = made(site, "Profile", "Nothing", "std.profile.MinimumAccess")
    one = made(site, "PermissionSet", "Phones")
    group = made(site, "PermissionSetGroup", "Desk")
    assigned(site, profile)
    assigned(site, group)
    assert set_cell(site, one, "edit") == 302
    answer = site.guest().post(f"/setup/access/{group}/sets", {})
    assert answer.status_code == 422
    site.guest().submit(f"/setup/access/{group}/sets", {"sets": "Phones"})
    phone = site.snapshot.field("Account", "Phone")
    full = FieldRight.READ | FieldRight.EDIT
    assert rights_of(site.actor("rep"), site.snapshot).field(phone) == full
    assert set_cell(site, group, "edit") == 302
    phone = site.snapshot.field("Account", "Phone")
    assert rights_of(site.actor("rep"), site.snapshot).field(phone) == FieldRight.READ
    assert set_cell(site, group, "all") == 302
    assert rights_of(site.actor("rep"), site.snapshot).field(phone) == FieldRight.NONE


def test_the_access_of_an_object_is_changed_for_several_at_once_or_for_none(
    either_site: Site,
) -> None:
    site = either_site
    first = made(site, "Profile", "First", STANDARD)
    second = made(site, "PermissionSet", "Second")
    page = site.guest().read("/setup/objects/Account/access")
    assert f'name="{first}|{PHONE}"' in page
    assert f'name="{STANDARD}|{PHONE}"' not in page, "it is shipped"
    form = {f"{first}|{PHONE}": "none", f"{second}|{PHONE}": "read"}
    spoilt = form | {f"{STANDARD}|{PHONE}": "none"}
    assert site.guest().post("/setup/objects/Account/access", spoilt).status_code == 422
    assert site.snapshot.find_uid(first).grants.field_right(PHONE) != FieldRight.NONE
    site.guest().submit("/setup/objects/Account/access", form)
    assert site.snapshot.find_uid(first).grants.field_right(PHONE) == FieldRight.NONE
    assert site.snapshot.find_uid(second).grants.field_right(PHONE) == FieldRight.READ
    site.guest().submit("/setup/objects/Account/fields/Phone/access", {f"{first}|{PHONE}": "edit"})
    assert site.snapshot.find_uid(first).grants.field_right(PHONE) & FieldRight.EDIT


def test_a_cell_of_another_object_or_level_is_refused(site: Site) -> None:
    uid = made(site, "PermissionSet", "Odd")
    before = site.snapshot.version
    for name, level in ((f"{uid}|Contact.Phone", "read"), (f"{uid}|{PHONE}", "all")):
        answer = site.guest().post("/setup/objects/Account/access", {name: level})
        assert answer.status_code == 422
    assert site.snapshot.version == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(site: Site) -> None:
    uid = made(site, "Profile", "Contested", STANDARD)
    with site.db.write() as conn:
        give(conn, Relation.PROFILE, "Admin", [site.actor("rep").user_id], site.actor())
    version = site.snapshot.version
    site.guest("rep").submit(
        f"/setup/access/{uid}/fields?object=Account", {f"{uid}|{PHONE}": "read"}
    )
    form = {"based_on": str(version), f"{uid}|{PHONE}": "none"}
    answer = site.guest().post(f"/setup/access/{uid}/fields?object=Account", form)
    assert answer.status_code == 409
    assert "Nothing was saved" in problems_of(answer.text)[0]
    assert 'value="none" selected' in answer.text, "what was said is still there"
    assert site.snapshot.find_uid(uid).grants.field_right(PHONE) == FieldRight.READ


def test_what_somebody_has_cannot_be_deleted_and_says_who(either_site: Site) -> None:
    site = either_site
    for kind, source in (("Profile", STANDARD), ("PermissionSet", "")):
        uid = made(site, kind, f"Held {kind}", source)
        assigned(site, uid)
        page = site.guest().submit(f"/setup/access/{uid}/delete")
        assert "Ana Souza" in page
        assert site.snapshot.find_uid(uid) is not None
        if kind == "PermissionSet":
            site.guest().post(f"/setup/assigned/{uid}", {"take": site.actor("rep").user_id})
        else:
            assigned(site, STANDARD)
        site.guest().post(f"/setup/access/{uid}/delete")
        assert site.snapshot.find_uid(uid) is None


def test_an_administrator_keeps_their_own_profile(site: Site) -> None:
    me = site.actor().user_id
    page = site.guest().submit(f"/setup/assigned/{STANDARD}", {"give": me})
    assert "You cannot do this to yourself." in page
    assert site.actor().is_administrator


def test_nobody_but_an_administrator_gives_or_changes_access(site: Site) -> None:
    uid = made(site, "PermissionSet", "Coveted")
    rep = site.guest("rep")
    me = site.actor("rep")
    assert rep.post(f"/setup/assigned/{uid}", {"give": me.user_id}).status_code == 403
    assert rep.post(f"/setup/access/{uid}/system", {"system": "ManageUsers"}).status_code == 403
    assert site.actor("rep") == me
    assert not site.snapshot.find_uid(uid).grants.system


def test_what_a_user_is_given_and_loses_from_their_own_page(either_site: Site) -> None:
    site, rep = either_site, either_site.actor("rep").user_id
    one, two = made(site, "PermissionSet", "One"), made(site, "PermissionSetGroup", "Two")
    path = f"/setup/users/{rep}/access"
    site.guest().submit(path, {"held": [one, two]})
    assert site.actor("rep").permission_sets == tuple(sorted((one, two)))
    site.guest().submit(path, {"held": [two, "nothing"]})
    assert site.actor("rep").permission_sets == (two,)
    assert site.guest("rep").post(path, {"held": [one]}).status_code == 403
    assert site.actor("rep").permission_sets == (two,)
