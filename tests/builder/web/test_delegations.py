"""Delegated administration by HTTP: what a delegate may do, and every way up that is shut."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import HOME, Guest, Site
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.invariants import check_metadata
from trellis.platform.errors import Denied, Rejected
from trellis.platform.migrations.tables import sys_audit, sys_mail
from trellis.platform.people import users
from trellis.platform.people.assignments import Relation, give, held_by
from trellis.platform.people.users import User, UserDraft

pytestmark = pytest.mark.abuse("A55")

SYSTEM = ("ModifyAllData", "ManageUsers", "CustomizeApplication", "ManageProfilesPermissionsets")


def document(kind: str, name: str, **attributes: Any) -> Document:
    return {"kind": kind, "uid": f"t-{name}", "name": name, "label": name, **attributes}


def plain_set(name: str, **attributes: Any) -> Document:
    return document("PermissionSet", name, **attributes)


@pytest.fixture
def desk(site: Site) -> Site:
    """Ana is the delegate of Desk, not of West; users stand in and beside its roles."""
    power = [{"name": "ModifyAllData"}]
    site.put_live(
        document("Role", "Floor"), document("Role", "Shop", parentRole="Floor"),
        document("Role", "Board"),
        plain_set("Printing"), plain_set("Secret"), plain_set("Power", userPermissions=power),
        document("PermissionSetGroup", "Both", permissionSets=["Printing", "Secret"]),
        document("Group", "Team"), document("Group", "Closed"),
    )  # fmt: skip
    site.put_live(
        document(
            "DelegateGroup", "Desk", roles=["Floor"], profiles=["Standard"],
            permissionSets=["Printing"], groups=["Team"],
        ),
        document("DelegateGroup", "West", roles=["Board"], profiles=["ReadOnly"]),
    )  # fmt: skip
    with site.db.write() as conn:
        give(conn, Relation.MEMBERSHIP, "t-Desk", [site.actor("rep").user_id], site.actor())
    return site


def add(site: Site, username: str, role: str = "t-Shop", profile: str = "Standard") -> User:
    draft = UserDraft(
        username, f"{username}@example.com", username.title(), role=role, profile=profile
    )
    with site.db.write() as conn:
        return users.create_user(conn, draft, site.actor())


def hold(site: Site, user: User, uid: str, relation: Relation = Relation.PERMISSION) -> None:
    with site.db.write() as conn:
        give(conn, relation, uid, [user.id], site.actor())


def state(site: Site) -> dict[str, int]:
    """Hashes of all tables but those that a refusal may write."""
    told = ("sys_audit", "sys_setting")  # the row, and the head of its chain
    return {name: one for name, one in site.pictures().items() if name not in told}


def refusals(site: Site) -> int:
    with site.db.read() as conn:
        found = sa.select(sa.func.count()).where(sys_audit.c.operation == "delegation.refused")
        return conn.scalar(found.select_from(sys_audit)) or 0


def ana(site: Site) -> Guest:
    guest = site.guest("rep")
    guest.get("/settings")
    return guest


def form_of(user: User, **changes: str) -> dict[str, str]:
    said = {name: getattr(user, name) or "" for name in ("first_name", "last_name", "email")}
    said |= {name: getattr(user, name) for name in ("username", "profile", "role")}
    return said | {"language": "en", "locale": "en_US", "time_zone": "UTC"} | changes


# -- what is theirs


def test_a_delegate_sees_their_part_of_setup_and_no_more(desk: Site) -> None:
    add(desk, "sid")
    add(desk, "far", role="t-Board")
    rep = ana(desk)
    page = rep.read("/setup/users")
    assert "sid" in page
    assert "far@" not in page
    tree = set(re.findall(r'href="(/setup/[a-z-]*)"', page))
    assert tree - {"/setup/"} == {"/setup/users"}
    assert rep.get("/setup/").location == "/setup/users"
    for path in ("/setup/access", "/setup/roles", "/setup/delegations", "/setup/sign-in",
                 "/setup/audit", "/setup/objects/Account/fields", "/setup/changes"):  # fmt: skip
        assert rep.get(path).status_code == 403, path
    new = rep.read("/setup/users/new")
    assert set(re.findall(r'<option value="(Standard|Admin|ReadOnly)"', new)) == {"Standard"}
    assert set(re.findall(r'<option value="(t-\w+)"', new)) == {"t-Floor", "t-Shop"}


def test_a_delegate_adds_changes_freezes_and_helps_users(desk: Site) -> None:
    rep = ana(desk)
    said = {"last_name": "New", "email": "new@example.com", "profile": "Standard"}
    said |= {"role": "t-Shop", "language": "en", "locale": "en_US", "time_zone": "UTC"}
    assert rep.post("/setup/users/new", said).status_code == 302
    with desk.db.read() as conn:
        made = users.find_by_username(conn, "new@example.com")
    assert made is not None
    path = f"/setup/users/{made.id}"
    assert rep.post(path, form_of(made, title="Clerk", role="t-Floor")).status_code == 302
    for deed in ("freeze", "unfreeze", "reset", "deactivate", "activate"):
        assert rep.post(f"{path}/{deed}").status_code == 302, deed
    assert rep.post(f"{path}/access", {"held": ["t-Printing", "t-Team"]}).status_code == 302
    with desk.db.read() as conn:
        after = users.get_user(conn, made.id)
        held = (
            held_by(conn, Relation.PERMISSION, made.id),
            held_by(conn, Relation.MEMBERSHIP, made.id),
        )
        letters = conn.scalar(sa.select(sa.func.count()).select_from(sys_mail))
    assert (after.title, after.role, letters) == ("Clerk", "t-Floor", 1)
    assert held == ({"t-Printing"}, {"t-Team"})
    assert refusals(desk) == 0


def test_what_others_gave_a_user_stays_theirs(desk: Site) -> None:
    user = add(desk, "sid")
    hold(desk, user, "t-Closed", Relation.MEMBERSHIP)
    rep = ana(desk)
    assert "Closed" not in rep.read(f"/setup/users/{user.id}/access")
    assert rep.post(f"/setup/users/{user.id}/access", {"held": ["t-Team"]}).status_code == 302
    with desk.db.read() as conn:
        assert held_by(conn, Relation.MEMBERSHIP, user.id) == {"t-Closed", "t-Team"}


# -- A55: every way up


def beyond(site: Site) -> dict[str, str]:
    """{what: id of a user whom the delegate does not administer}"""
    above = add(site, "above", role="t-Board")
    boss = add(site, "boss", profile="Admin")
    rights = add(site, "rights")
    hold(site, rights, "t-Power")
    fellow = add(site, "fellow")
    hold(site, fellow, "t-West", Relation.MEMBERSHIP)
    nobody = add(site, "nowhere", role="")
    return {
        "themselves": site.actor("rep").user_id, "an administrator": site.actor().user_id,
        "an administrator of their roles": boss.id, "outside their roles": above.id,
        "of more rights": rights.id, "another delegate": fellow.id, "without a role": nobody.id,
    }  # fmt: skip


DEEDS = ("freeze", "unfreeze", "deactivate", "activate", "reset", "invite", "no-code")


def test_a55_nobody_beyond_is_seen_changed_or_helped(desk: Site) -> None:
    found, rep = beyond(desk), ana(desk)
    before, tried = state(desk), 0
    for what, user_id in found.items():
        path = f"/setup/users/{user_id}"
        assert rep.get(path).status_code == 403, what
        assert rep.get(f"{path}/access").status_code == 403, what
        with desk.db.read() as conn:
            form = form_of(users.get_user(conn, user_id), email="mine@example.com")
        posts: list[tuple[str, dict[str, Any]]] = [(f"{path}/{deed}", {}) for deed in DEEDS]
        posts += [(path, form), (f"{path}/access", {"held": ["t-Printing"]})]
        posts += [(f"{path}/tokens/revoke", {"token": "x"})]
        for address, said in posts:
            assert rep.post(address, said).status_code == 403, (what, address)
            tried += 1
        assert rep.post(f"{path}/view-as").status_code == 403, what
    assert state(desk) == before
    assert refusals(desk) == tried


@pytest.mark.parametrize(
    ("role", "profile"),
    [
        ("t-Shop", "Admin"), ("t-Shop", "ReadOnly"), ("t-Board", "Standard"), ("", "Standard"),
        ("t-Board", "ReadOnly"), ("t-Shop", ""), ("t-Shop", "std.profile.Admin"),
    ],
)  # fmt: skip
def test_a55_nobody_is_made_or_moved_beyond(desk: Site, role: str, profile: str) -> None:
    user, rep = add(desk, "sid"), ana(desk)
    before = state(desk)
    said = {"last_name": "New", "email": "new@example.com", "profile": profile, "role": role}
    said |= {"language": "en", "locale": "en_US", "time_zone": "UTC"}
    assert rep.post("/setup/users/new", said).status_code == 403
    change = form_of(user, role=role, profile=profile)
    assert rep.post(f"/setup/users/{user.id}", change).status_code == 403
    assert state(desk) == before
    assert refusals(desk) == 2


def test_a55_a_form_without_role_and_profile_makes_nobody(desk: Site) -> None:
    rep = ana(desk)
    said = {"last_name": "New", "email": "new@example.com"}
    assert rep.post("/setup/users/new", said).status_code == 403


@pytest.mark.parametrize("uid", ["t-Secret", "t-Power", "t-Both", "t-Closed", "t-Desk", "t-West"])
def test_a55_nothing_is_given_that_is_not_theirs_to_give(desk: Site, uid: str) -> None:
    user, rep = add(desk, "sid"), ana(desk)
    before = state(desk)
    answer = rep.post(f"/setup/users/{user.id}/access", {"held": ["t-Printing", uid]})
    assert answer.status_code == 403
    assert rep.post(f"/setup/assigned/{uid}", {"give": user.id}).status_code == 403
    assert state(desk) == before


def test_a55_two_groups_are_not_one(desk: Site) -> None:
    with desk.db.write() as conn:
        give(conn, Relation.MEMBERSHIP, "t-West", [desk.actor("rep").user_id], desk.actor())
    user, other, rep = add(desk, "sid"), add(desk, "far", "t-Board", "ReadOnly"), ana(desk)
    assert rep.get(f"/setup/users/{other.id}").status_code == 200
    for one, role, profile in (
        (user, "t-Shop", "ReadOnly"), (other, "t-Board", "Standard"), (user, "t-Board", "Standard"),
    ):  # fmt: skip
        change = form_of(one, role=role, profile=profile)
        # a role of their own with the profile as it was is a move, and goes where they administer
        moved = role in ("t-Board",) and one is user
        assert rep.post(f"/setup/users/{one.id}", change).status_code == (302 if moved else 403)
    assert rep.post(f"/setup/users/{other.id}/access", {"held": ["t-Printing"]}).status_code == 403


def test_a55_own_profile_and_group_are_not_edited(desk: Site) -> None:
    rep = ana(desk)
    before = state(desk)
    for path in ("/setup/access/std.profile.Standard/objects", "/setup/delegations/t-Desk",
                 "/setup/access/std.profile.Standard/sign-in", "/setup/sign-in"):  # fmt: skip
        assert rep.post(path, {"label": "Mine", "roles": ["t-Board"]}).status_code == 403, path
    assert state(desk) == before


def test_rights_end_with_the_group_at_the_next_request(desk: Site) -> None:
    rep = ana(desk)
    assert rep.get("/setup/users").status_code == 200
    change = ChangeSet((), (desk.snapshot.find_uid("t-Desk").uid,), "Gone")  # type: ignore[union-attr]
    deploy(desk.db, desk.actor(), change)
    assert rep.get("/setup/users").status_code == 403


# -- what a group may hold


@pytest.mark.parametrize("permission", SYSTEM)
def test_a_group_never_holds_what_reaches_everything(site: Site, permission: str) -> None:
    site.put_live(plain_set("Power", userPermissions=[{"name": permission}]))
    with pytest.raises(Rejected, match="too much"):
        site.put_live(document("DelegateGroup", "Desk", permissionSets=["Power"]))
    with pytest.raises(Rejected, match="too much"):
        site.put_live(document("DelegateGroup", "Desk", profiles=["Admin"]))


def test_a55_a_set_that_comes_to_reach_everything_is_given_by_nobody_but_administrators(
    desk: Site,
) -> None:
    user, rep = add(desk, "sid"), ana(desk)
    path = f"/setup/users/{user.id}/access"
    assert "Printing" in rep.read(path)
    desk.put_live(plain_set("Printing", userPermissions=[{"name": "ManageUsers"}]))
    assert "Printing" not in rep.read(path)
    assert rep.post(path, {"held": ["t-Printing"]}).status_code == 403
    hold(desk, user, "t-Printing")
    assert rep.get(path).status_code == 403
    assert "delegates.too_much" in {problem.code for problem in check_metadata(desk.db)}


# -- objects


@pytest.fixture
def shop(desk: Site) -> Site:
    """Ana may shape cases, too."""
    known = next(d for d in desk.snapshot.of_kind("DelegateGroup") if d.name == "Desk")
    desk.put_live(dict(known.document) | {"customObjects": ["Case"]})
    return desk


def field(name: str, kind: str = "Text", **more: str) -> dict[str, Any]:
    return {"type": kind, "label": name, "name": name, "length": "40", **more}


def test_a_delegate_shapes_the_objects_that_are_theirs(shop: Site) -> None:
    rep = ana(shop)
    page = rep.read("/setup/objects")
    assert "/setup/objects/Case/fields" in page
    assert "/setup/objects/Account/fields" not in page
    assert rep.get("/setup/objects/Case").location.endswith("/setup/objects/Case/fields")
    fields = rep.read("/setup/objects/Case/fields")
    assert "/setup/objects/Case/access" not in fields
    made = rep.post("/setup/objects/Case/fields/new", field("Shelf"))
    assert made.status_code == 302
    assert shop.snapshot.find_field("Case", "Shelf__c") is not None
    change = {"label": "Rack", "name": "Shelf__c", "length": "40"}
    assert rep.post("/setup/objects/Case/fields/Shelf__c", change).status_code == 302
    found = shop.snapshot.find_field("Case", "Shelf__c")
    assert found is not None
    assert found.label == "Rack"
    layout = next(one for one in shop.snapshot.of_kind("Layout") if one.object == "Case")
    rep.read(f"/setup/layouts/{layout.name}/edit")
    assert "/revert" not in rep.read("/setup/objects/Case/layouts")


def test_a55_no_other_object_and_nothing_that_reaches_out_is_shaped(shop: Site) -> None:
    rep = ana(shop)
    layout = next(one for one in shop.snapshot.of_kind("Layout") if one.object == "Account")
    view = next(one for one in shop.snapshot.of_kind("ListView") if one.object == "Account")
    before = state(shop)
    for path in ("/setup/objects/Account/fields", "/setup/objects/Account/views",
                 "/setup/objects/Case/details", "/setup/objects/Case/rules",
                 "/setup/objects/Case/access", "/setup/objects/Case/delete",
                 "/setup/objects/new", f"/setup/layouts/{layout.name}/edit",
                 f"/setup/views/{view.name}"):  # fmt: skip
        assert rep.get(path).status_code == 403, path
    posts: dict[str, dict[str, Any]] = {
        "/setup/objects/Account/fields/new": field("Shelf"),
        "/setup/objects/Case/fields/new": field("Other", "Lookup", referenceTo="Account"),
        "/setup/objects/Case/fields/Subject/delete": {},
        f"/setup/views/{view.name}": {"label": "Mine", "columns": "Name"},
        f"/setup/views/{view.name}/delete": {},
    }
    for path, said in posts.items():
        assert rep.post(path, said).status_code == 403, path
    sent = {"sections": [], "relatedLists": []}
    put = rep.client.put(
        f"/setup/layouts/{layout.name}",
        json=sent,
        base_url=HOME,
        headers={"X-CSRFToken": rep.token},
    )
    assert put.status_code == 403
    assert state(shop) == before


@pytest.mark.parametrize("kind", ["Profile", "PermissionSet", "DelegateGroup", "Role"])
def test_a55_a_change_set_of_a_delegate_holds_parts_of_their_objects_alone(
    shop: Site, kind: str
) -> None:
    known = shop.snapshot.of_kind(kind)[0]
    plain = {"kind": "CustomField", "uid": "t-f", "name": "Case.F__c", "label": "F",
             "type": "Checkbox"}  # fmt: skip
    other = dict(known.document) | {"label": "Mine"}
    with pytest.raises(Denied):
        deploy(shop.db, shop.actor("rep"), ChangeSet((plain, other), (), "Both"))
    deploy(shop.db, shop.actor("rep"), ChangeSet((plain,), (), "One"))


# -- the administrator's pages


def test_an_administrator_makes_changes_and_deletes_a_group(desk: Site) -> None:
    admin = desk.guest("admin")
    admin.get("/setup/delegations/new")
    said: dict[str, Any] = {"label": "Help desk", "roles": ["t-Floor"], "customObjects": ["x"]}
    answer = admin.post("/setup/delegations/new", said)
    assert answer.status_code == 302
    page = admin.read(answer.location)
    assert "Help desk" in page
    assert "Help desk" in admin.read("/setup/delegations")
    assert admin.post(answer.location, {"label": "", "roles": []}).status_code == 422
    change = {"label": "Desk 2", "profiles": ["std.profile.Standard"]}
    assert admin.post(answer.location, change).status_code == 302
    found = next(d for d in desk.snapshot.of_kind("DelegateGroup") if d.label == "Desk 2")
    assert (found.roles, found.profiles, found.objects) == ((), ("Standard",), ())
    assert admin.post(f"{answer.location}/delete").status_code == 302
    assert desk.snapshot.find_uid(found.uid) is None
    assert check_metadata(desk.db) == ()


def test_delegates_are_named_on_the_page_of_their_group(desk: Site) -> None:
    admin = desk.guest("admin")
    assert desk.actor("rep").name in admin.read("/setup/delegations/t-Desk")
    admin.post("/setup/assigned/t-Desk", {"take": desk.actor("rep").user_id})
    assert desk.guest("rep").get("/setup/users").status_code == 403
    assert admin.get("/setup/delegations/nothing").status_code == 404
