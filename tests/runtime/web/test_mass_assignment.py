"""What no form has, sent along with every form: nothing of it arrives."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.addresses import Samples
from tests.demo_site import Site, hidden_fields
from tests.runtime.conftest import Crm
from tests.test_leaks import Forms
from trellis.platform.errors import Rejected
from trellis.platform.ids import new_id

pytestmark = pytest.mark.abuse("A17")

STAMP = "2001-01-01T00:00:00Z"
EVIL = "005EVIL00000000AAA"
#: what people would like to be and to have been
EXTRA = {
    "id": EVIL, "Id": EVIL, "record_id": EVIL, "uid": EVIL, "org": "other", "org_id": "other",
    "created_by": EVIL, "CreatedById": EVIL, "created_at": STAMP, "CreatedDate": STAMP,
    "LastModifiedById": EVIL, "LastModifiedDate": STAMP, "SystemModstamp": STAMP,
    "is_deleted": "1", "IsDeleted": "1", "version": "99", "Version": "99", "owner_id": EVIL,
    "profile": "Admin", "Profile": "Admin", "ProfileId": "Admin", "role": "Chief",
    "UserRoleId": "Chief",
    "is_admin": "1", "IsActive": "0", "is_active": "0", "is_frozen": "1", "username": "evil",
    "Username": "evil", "password_hash": "evil", "must_change_password": "1",
    "permission_sets": "Admin", "manager_id": EVIL,
}  # fmt: skip
#: columns that only the server writes; of people also those that administrators write
FIXED = ("id", "created_at", "created_by", "is_deleted")
OF_PEOPLE = (
    *FIXED, "username", "username_key", "profile", "role", "is_active", "is_frozen", "manager_id",
    "must_change_password",
)  # fmt: skip
ENDING = ("delete", "logout", "sessions")  # deeds after which there is nothing more to ask
FIELDS = ("Id", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate",
          "SystemModstamp", "IsDeleted", "created_by", "is_deleted", "version", "org_id", "id",
          "owner_id", "RecordTypeId", "password_hash")  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_save_refuses_what_only_the_server_writes(crm: Crm, name: str) -> None:
    known = crm.make("Account", Name="known")
    value: Any = EVIL if "Id" in name or "id" in name else "1"
    for save in (
        lambda: crm.make("Account", Name="a", **{name: value}),
        lambda: crm.records.update(known, {name: value}),
        lambda: crm.records.upsert("Account", "Code", {"Code": "c", "Name": "a", name: value}),
        lambda: crm.records.create("Contact", {"Name": "a", name: value}, record_id=new_id("003")),
    ):
        with pytest.raises(Rejected) as refusal:
            save()
        assert {p.code for p in refusal.value.problems} <= {"field.unknown", "field.not_writable"}
    rows = crm.records.create_many("Account", [{"Name": "a", name: value}])
    assert all(row.problems for row in rows)


def picture(site: Site, table: str, columns: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    with site.db.read() as conn:
        rows = conn.execute(sa.text(f"SELECT {', '.join(columns)} FROM {table}"))
        return {str(row[0]): tuple(row) for row in rows}


def test_no_form_of_a_user_takes_more_than_it_shows(either_site: Site) -> None:
    """Every form that somebody without administration is shown, with all of that added."""
    site, rep = either_site, either_site.guest("rep")
    record = site.records("rep").create("Account", {"Name": "Of the rep"})
    people, names = picture(site, "sys_user", OF_PEOPLE), ("Account", "Opportunity", "Contact")
    before = {name: picture(site, site.table(name), FIXED) for name in names}
    sent = 0
    for path in (*asked(site), f"/r/{record}/edit", f"/r/{record}"):
        with rep.get(path) as page:
            text = page.text if page.mimetype == "text/html" else ""
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        for action, values in Forms(text, path).found.items():
            if action.startswith("/") and not any(word in action for word in ENDING):
                shown = {name for name in values if name in EXTRA}
                added = {name: text for name, text in EXTRA.items() if name not in shown}
                answer = rep.post(action, {**values, **added, "csrf_token": rep.token})
                assert answer.status_code < 500, action
                sent += 1
    assert sent > 20
    assert picture(site, "sys_user", OF_PEOPLE) == people
    for name in names:
        now = picture(site, site.table(name), FIXED)
        assert {one: now[one] for one in before[name]} == before[name]
        for made in now.keys() - before[name].keys():
            assert now[made][2] == site.actor("rep").user_id
        assert EVIL not in now


def asked(site: Site) -> list[str]:
    """The addresses of a user's pages that have forms."""
    samples, found = Samples(site), []
    for rule in site.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in (
            "pages",
            "settings",
        ):
            arguments = {name: samples.of(rule.endpoint, name) for name in rule.arguments}
            with site.app.test_request_context():
                found.append(site.app.url_for(rule.endpoint, **arguments))
    return found


def test_the_form_of_a_record_takes_its_fields_alone(either_site: Site) -> None:
    site, rep = either_site, either_site.guest("rep")
    form = hidden_fields(rep.read("/o/Account/new"))
    answer = rep.post("/o/Account/new", EXTRA | form | {"Name": "Plain"})
    assert answer.status_code in (302, 303)
    made = answer.location.rpartition("/")[2][:18]
    record = site.records().get(made, ("Name", "CreatedById", "OwnerId"))
    me = site.actor("rep").user_id
    assert (record["Name"], record["CreatedById"], record["OwnerId"]) == ("Plain", me, me)
    row = picture(site, site.table("Account"), FIXED)[made]
    assert str(row[1])[:4] != "2001"


def test_ones_own_settings_give_no_rights(either_site: Site) -> None:
    site, rep = either_site, either_site.guest("rep")
    before = picture(site, "sys_user", OF_PEOPLE)
    for path, values in Forms(rep.read("/settings"), "/settings").found.items():
        if path.startswith("/settings") and "sessions" not in path:
            rep.post(path, EXTRA | values | {"csrf_token": rep.token})
    assert picture(site, "sys_user", OF_PEOPLE) == before
    assert rep.get("/setup/users").status_code in (403, 404)
