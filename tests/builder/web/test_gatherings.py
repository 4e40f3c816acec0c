"""Public groups and queues by HTTP: members by role, group and by themselves; what they reach."""

from __future__ import annotations

import sqlalchemy as sa

from tests.demo_site import Site, problems_of


def made(site: Site, kind: str, label: str, **form: object) -> str:
    """The uid of a new group or queue."""
    path = "/setup/groups/new" if kind == "Group" else "/setup/queues/new"
    answer = site.guest().post(path, {"label": label} | form)
    assert answer.status_code == 302, problems_of(answer.text)
    return next(str(one.uid) for one in site.snapshot.of_kind(kind) if one.label == label)


def role(site: Site, name: str) -> str:
    return str(site.snapshot.get("Role", name).uid)


def test_a_group_holds_roles_those_below_and_groups(either_site: Site) -> None:
    site = either_site
    inner = made(site, "Group", "Inner", roles=[role(site, "Rep_East")])
    form = {"roles_below": [role(site, "Director_West")], "groups": [inner], "bosses": "true"}
    outer = made(site, "Group", "Outer", **form)
    document = site.snapshot.find_uid(outer).document
    assert [(m["type"], m["name"]) for m in document["members"]] == [
        ("roleAndSubordinates", "Director_West"),
        ("group", "Inner"),
    ]
    assert document["doesIncludeBosses"] is True
    answer = site.guest().post(f"/setup/groups/{inner}", {"label": "Inner", "groups": [outer]})
    assert answer.status_code == 422
    assert "in itself" in problems_of(answer.text)[0]


def test_a_queue_that_owns_records_stays_and_has_members(either_site: Site) -> None:
    site, admin = either_site, either_site.guest()
    assert admin.post("/setup/queues/new", {"label": "No objects"}).status_code == 422
    queue = made(site, "Queue", "Inbound", objects=["Lead"], email="leads@northline.example")
    assert site.snapshot.find_uid(queue).email == "leads@northline.example"
    rep = site.actor("rep").user_id
    admin.submit(f"/setup/assigned/{queue}", {"give": rep})
    assert site.actor("rep").groups == (queue,)
    table = sa.table(site.table("Lead"), sa.column("owner_id"))
    with site.db.write() as conn:
        conn.execute(sa.update(table).values(owner_id=queue))
    page = admin.submit(f"/setup/queues/{queue}/delete")
    assert "It owns records of Leads." in page
    assert site.snapshot.find_uid(queue) is not None
    admin.submit(f"/setup/assigned/{queue}", {"take": rep})
    assert site.actor("rep").groups == ()


def test_a_group_that_nothing_uses_is_deleted_and_a_queue_has_its_own_page(site: Site) -> None:
    group = made(site, "Group", "Passing")
    assert site.guest().get(f"/setup/queues/{group}").status_code == 404
    assert site.guest().post(f"/setup/groups/{group}/delete").status_code == 302
    assert site.snapshot.find_uid(group) is None


def test_a_standard_user_makes_no_group(site: Site) -> None:
    answer = site.guest("rep").post("/setup/groups/new", {"label": "Mine"})
    assert answer.status_code == 403
    assert not [one for one in site.snapshot.of_kind("Group") if one.label == "Mine"]
