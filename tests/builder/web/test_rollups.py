"""Roll-ups in Setup: made in steps, tried on a record, calculated for all, changed, used."""

from __future__ import annotations

from typing import Any

from tests.demo_site import Site, problems_of
from trellis.metadata.rollup_runs import find_run
from trellis.platform.jobs.worker import Worker
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.feature import FEATURE
from trellis.runtime.records.rollup_filling import check_rollups

NEW = "/setup/objects/Account/rollups/new"
WON: dict[str, Any] = {
    "lookup": "Opportunity.AccountId",
    "operation": "sum",
    "field": "Amount",
    "filter_field": "StageName",
    "filter_operator": "equals",
    "filter_value": "Closed Won",
    "label": "Won amount",
}


def work(site: Site) -> None:
    Worker(site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID).run_due(site.db)


def test_a_roll_up_is_chosen_tried_made_and_calculated(site: Site) -> None:
    admin = site.guest()
    assert NEW in admin.read("/setup/objects/Account/fields/new")
    assert "Choose the records first" in admin.read(NEW)
    page = admin.read(f"{NEW}?lookup=Opportunity.AccountId&operation=sum")
    assert "Field of Opportunity" in page
    account = site.find_id("Account")
    tried = admin.post(NEW, {**WON, "deed": "try", "record": account})
    assert "This record would have" in tried.text
    assert site.snapshot.find_field("Account", "Won_amount__c") is None

    assert "Being calculated" in admin.submit(NEW, WON)
    field = site.snapshot.field("Account", "Won_amount__c")
    assert (field.value_type, field.options["scale"]) == ("Currency", 2)
    work(site)
    assert check_rollups(site.db) == ()
    with site.db.read() as conn:
        run = find_run(conn, field.uid)
    assert run is not None
    assert not run.is_due
    assert run.done == run.total
    assert "Calculated for all records" in admin.read(
        "/setup/objects/Account/rollups/Won_amount__c"
    )


def test_it_is_changed_and_recalculated(site: Site) -> None:
    admin = site.guest()
    admin.submit(NEW, WON)
    work(site)
    page = "/setup/objects/Account/rollups/Won_amount__c"
    assert "Being calculated" in admin.submit(page, {**WON, "operation": "max"})
    work(site)
    assert check_rollups(site.db) == ()
    assert "Being calculated" in admin.submit(f"{page}/calculate", {})
    work(site)
    again = admin.submit(page, {**WON, "operation": "max", "label": "Best deal"})
    assert "Being calculated" not in again


def test_what_is_wrong_is_said_and_nothing_is_lost(site: Site) -> None:
    admin = site.guest()
    page = admin.post(NEW, {**WON, "field": ""})
    assert page.status_code == 422
    assert "Choose the field that is worked out." in problems_of(page.text)
    assert 'value="Won amount"' in page.text
    dated = {**WON, "filter_field": "CloseDate", "filter_value": "THIS_MONTH"}
    assert "A roll-up cannot depend on the day it is looked at." in admin.post(NEW, dated).text


def test_what_a_roll_up_reads_cannot_be_deleted(site: Site) -> None:
    admin = site.guest()
    admin.submit(NEW, WON)
    assert "Won amount" in admin.read("/setup/objects/Opportunity/fields/Amount")


def test_only_administrators_come_here(site: Site) -> None:
    rep = site.guest("rep")
    assert rep.get(NEW).status_code == 403
    assert rep.post(NEW, WON).status_code == 403
