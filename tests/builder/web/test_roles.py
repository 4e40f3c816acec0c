"""The tree of roles by HTTP: made, moved, held by users, and no circles."""

from __future__ import annotations

from tests.demo_site import Site, problems_of
from trellis.metadata.kinds.role import Role


def role_of(site: Site, name: str) -> Role:
    found: Role = site.snapshot.get("Role", name)
    return found


def test_a_role_is_made_renamed_moved_and_deleted(either_site: Site) -> None:
    site, admin = either_site, either_site.guest()
    admin.submit("/setup/roles/new", {"label": "Inside sales", "parent": "Director_East"})
    made = role_of(site, "Inside_sales")
    assert made.parent == "Director_East"
    assert "Inside sales" in admin.read("/setup/roles")
    form = {"label": "Inside sales East", "parent": "CFO", "level.Case": "Read"}
    admin.submit(f"/setup/roles/{made.uid}", form)
    made = role_of(site, "Inside_sales")
    assert (made.label, made.parent) == ("Inside sales East", "CFO")
    assert made.child_level("Case") == "Read"
    above = role_of(site, "Director_West")
    admin.submit(f"/setup/roles/{made.uid}/move", {"under": above.uid})
    assert role_of(site, "Inside_sales").parent == "Director_West"
    admin.submit(f"/setup/roles/{made.uid}/move", {"under": ""})
    assert role_of(site, "Inside_sales").parent == ""
    admin.post(f"/setup/roles/{made.uid}/delete")
    assert site.snapshot.find("Role", "Inside_sales") is None


def test_a_role_below_itself_is_refused_in_a_sentence(site: Site) -> None:
    ceo, rep = role_of(site, "CEO"), role_of(site, "Rep_East")
    answer = site.guest().post(f"/setup/roles/{ceo.uid}/move", {"under": rep.uid})
    assert answer.status_code == 422
    assert "cannot stand below itself" in problems_of(answer.text)[0]
    form = {"label": ceo.label, "parent": "CEO"}
    assert site.guest().post(f"/setup/roles/{ceo.uid}", form).status_code == 422
    assert role_of(site, "CEO").parent == ""


def test_users_of_a_role_are_put_in_and_taken_out(either_site: Site) -> None:
    site, rep = either_site, either_site.actor("rep").user_id
    service = role_of(site, "Service")
    path = f"/setup/assigned/{service.uid}"
    assert "Ana Souza" in site.guest().submit(path, {"give": rep})
    assert site.actor("rep").role == service.uid
    page = site.guest().submit(f"/setup/roles/{service.uid}/delete")
    assert "Ana Souza" in page
    assert site.snapshot.find_uid(service.uid) is not None
    site.guest().post(path, {"take": rep})
    assert site.actor("rep").role == ""


def test_a_role_with_roles_below_stays(site: Site) -> None:
    director = role_of(site, "CFO")
    page = site.guest().submit(f"/setup/roles/{director.uid}/delete")
    assert "There are roles below it" in page
    assert role_of(site, "CFO")


def test_a_standard_user_moves_no_role(site: Site) -> None:
    rep, east = site.guest("rep"), role_of(site, "Rep_East")
    assert rep.post(f"/setup/roles/{east.uid}/move", {"under": ""}).status_code == 403
    assert rep.get("/setup/roles").status_code == 403
    assert role_of(site, "Rep_East").parent
