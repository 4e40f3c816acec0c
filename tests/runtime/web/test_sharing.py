"""Who can see a record and why, and sharing it by hand, by HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tests.demo_site import Site
from trellis.platform.migrations.tables import sys_audit, sys_share
from trellis.platform.people.users import find_by_username


@dataclass(frozen=True)
class Shared:
    """An account of the administrator's, where accounts are private, and two people."""

    site: Site
    record: str
    rep: str
    other: str

    def shares(self) -> list[tuple[str, int]]:
        with self.site.db.read() as conn:
            rows = conn.execute(sa.select(sys_share.c.grantee, sys_share.c.level))
            return [tuple(row) for row in rows]

    def operations(self) -> list[str]:
        with self.site.db.read() as conn:
            found = sa.select(sys_audit.c.operation).where(sys_audit.c.subject_id == self.record)
            return list(conn.scalars(found.order_by(sys_audit.c.id)))


@pytest.fixture
def private(either_site: Site) -> Shared:
    site = either_site
    document = dict(site.snapshot.object("Account").document) | {"sharingModel": "Private"}
    site.put_live(document)
    record = site.records().create("Account", {"Name": "Quiet Works"})
    with site.db.read() as conn:
        other = find_by_username(conn, "mei.lin@northline.example")
    assert other is not None
    return Shared(site, record, site.actor("rep").user_id, other.id)


def test_a_share_gives_access_is_explained_and_ends(private: Shared) -> None:
    site, address = private.site, f"/r/{private.record}"
    admin, rep = site.guest("admin"), site.guest("rep")
    assert rep.get(address).status_code == 404
    admin.submit(f"{address}/share", {"person": private.rep, "level": "Read"})
    assert private.shares() == [(private.rep, 1)]
    assert "Quiet Works" in rep.read(address)
    assert "Shared by" in rep.read(f"{address}/access")
    assert rep.get(f"{address}/edit").status_code in (200, 403)
    admin.submit(f"{address}/share", {"person": private.rep, "level": "Edit"})
    assert private.shares() == [(private.rep, 2)]
    admin.post(f"{address}/share/end", {"grantee": private.rep})
    assert private.shares() == []
    assert rep.get(address).status_code == 404
    assert private.operations()[-3:] == ["record.shared", "record.shared", "record.unshared"]


def test_who_does_not_dispose_of_a_record_cannot_share_it(private: Shared) -> None:
    site, address = private.site, f"/r/{private.record}"
    rep, form = site.guest("rep"), {"person": private.other, "level": "Edit"}
    assert rep.get(f"{address}/share").status_code == 404
    assert rep.post(f"{address}/share", form).status_code == 404
    assert rep.get(f"{address}/access").status_code == 404
    site.guest("admin").submit(f"{address}/share", {"person": private.rep, "level": "Edit"})
    assert rep.get(f"{address}/share").status_code == 403
    assert rep.post(f"{address}/share", form).status_code == 403
    assert rep.post(f"{address}/share/end", {"grantee": private.rep}).status_code == 403
    assert "/share" not in re.sub(r"share-2", "", rep.read(address))
    assert private.shares() == [(private.rep, 2)]


@pytest.mark.parametrize(
    "form",
    [
        {"person": "005000000000000AAA", "level": "Edit"},
        {"circle": "nothing", "level": "Edit"},
        {"level": "Edit"},
        {"person": "REP", "level": "Everything"},
        {"person": "ADMIN", "level": "Edit"},
    ],
)
def test_a_share_that_makes_no_sense_is_refused(private: Shared, form: dict[str, str]) -> None:
    names = {"REP": private.rep, "ADMIN": private.site.actor("admin").user_id}
    sent = {key: names.get(value, value) for key, value in form.items()}
    answer = private.site.guest("admin").post(f"/r/{private.record}/share", sent)
    assert answer.status_code == 422
    assert private.shares() == []


def test_what_everybody_edits_is_not_shared(private: Shared) -> None:
    site = private.site
    document = dict(site.snapshot.object("Account").document) | {"sharingModel": "ReadWrite"}
    site.put_live(document)
    form = {"person": private.rep, "level": "Edit"}
    assert site.guest("admin").post(f"/r/{private.record}/share", form).status_code == 403


def test_a_new_owner_ends_shares_by_hand(private: Shared) -> None:
    site = private.site
    form = {"person": private.rep, "level": "Read"}
    site.guest("admin").submit(f"/r/{private.record}/share", form)
    site.records().update(private.record, {"OwnerId": private.other})
    assert private.shares() == []


def test_an_administrator_asks_about_anybody_others_about_themselves(private: Shared) -> None:
    site, address = private.site, f"/r/{private.record}/access"
    page = site.guest("admin").read(f"{address}?user={private.rep}")
    assert "The org-wide default is" in page
    assert f"<h2>{site.actor('rep').name}</h2>" in page
    assert "People with access" in page
    form = {"person": private.rep, "level": "Read"}
    site.guest("admin").submit(f"/r/{private.record}/share", form)
    rep = site.guest("rep")
    assert rep.get(f"{address}?user={private.other}").status_code == 403
    page = rep.read(f"{address}?user={private.rep}")
    assert "People with access" not in page
    assert "/setup" not in page.partition("<main")[2]


def test_every_kind_of_record_can_be_asked_about(site: Site) -> None:
    for name in ("Account", "Contact", "Opportunity", "Task", "User"):
        record = site.actor().user_id if name == "User" else site.find_id(name)
        for who in ("admin", "rep"):
            answer = site.guest(who).get(f"/r/{record}/access")
            assert answer.status_code in (200, 404), (name, who)
        assert site.guest("admin").get(f"/r/{record}/access").status_code == 200, name
