"""Giving what somebody owns to somebody else, by HTTP."""

from __future__ import annotations

import sqlalchemy as sa

from tests.demo_site import Site, problems_of
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_user
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.feature import FEATURE


def owned(site: Site, user_id: str, object_name: str) -> int:
    table = sa.text(f"SELECT count(*) FROM {site.table(object_name)} WHERE owner_id = :id")
    with site.db.read() as conn:
        return int(conn.execute(table, {"id": user_id}).scalar_one())


def seller(site: Site) -> str:
    """Somebody who owns accounts and opportunities, and is nobody who signs in here."""
    statement = sa.text(
        f"SELECT owner_id FROM {site.table('Opportunity')} GROUP BY owner_id ORDER BY count(*) DESC"
    )
    with site.db.read() as conn:
        owners = [str(row[0]) for row in conn.execute(statement)]
    known = {site.actor("admin").user_id, site.actor("rep").user_id}
    return next(one for one in owners if one not in known)


def test_what_somebody_who_leaves_owns_goes_to_somebody_else(either_site: Site) -> None:
    leaver, heir = seller(either_site), either_site.actor("rep").user_id
    deals, accounts = (owned(either_site, leaver, one) for one in ("Opportunity", "Account"))
    had = owned(either_site, heir, "Opportunity")
    admin = either_site.guest("admin")
    answer = admin.post(f"/setup/users/{leaver}/deactivate")
    assert answer.location == f"/setup/users/{leaver}/records"
    page = admin.read(answer.location)
    assert 'value="Opportunity"' in page
    answer = admin.post(answer.location, {"heir": heir, "objects": ["Opportunity"]})
    assert answer.location == "/jobs"
    Worker(either_site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID).run_due(either_site.db)
    assert owned(either_site, leaver, "Opportunity") == 0
    assert owned(either_site, heir, "Opportunity") == had + deals
    assert owned(either_site, leaver, "Account") == accounts


def test_nobody_gives_records_to_nobody(site: Site) -> None:
    leaver, admin = seller(site), site.guest("admin")
    rep = site.actor("rep").user_id
    with site.db.write() as conn:
        gone = conn.scalar(sa.select(sys_user.c.id).where(sys_user.c.id.not_in([leaver, rep])))
        conn.execute(sa.update(sys_user).where(sys_user.c.id == gone).values(is_active=False))
    before = owned(site, leaver, "Opportunity")
    asked = (
        {"heir": "", "objects": ["Opportunity"]},
        {"heir": leaver, "objects": ["Opportunity"]},
        {"heir": gone, "objects": ["Opportunity"]},
        {"heir": rep, "objects": ["Nothing__c"]},
    )
    for form in asked:
        answer = admin.post(f"/setup/users/{leaver}/records", form)
        assert (answer.status_code, bool(problems_of(answer.text))) == (422, True), form
    assert owned(site, leaver, "Opportunity") == before


def test_only_an_administrator_gives_what_belongs_to_others(site: Site) -> None:
    leaver = seller(site)
    rep = site.guest("rep")
    assert rep.get(f"/setup/users/{leaver}/records").status_code == 403
    form = {"heir": site.actor("rep").user_id, "objects": ["Opportunity"]}
    assert rep.post(f"/setup/users/{leaver}/records", form).status_code == 403
