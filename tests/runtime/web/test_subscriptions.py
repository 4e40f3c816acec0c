"""Reports and dashboards by mail: asked for on the page, sent by the worker, each by its reader."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import time_machine

from tests.demo_site import PEOPLE, Site
from tests.runtime.web.test_dashboards import CANARY, TILE, board, limit, make_own
from trellis.platform import clock
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import (
    sys_job,
    sys_mail,
    sys_mail_part,
    sys_subscription,
    sys_user,
)
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.subscriptions import sending

DAILY = {"every": "day", "hour": "8"}
LATER = timedelta(days=1, minutes=1)


def send_due(site: Site) -> list[Any]:
    """What the worker writes into the outbox on the next day."""
    jobs = {sending.LOOK: sending.look, **sending.work(site.orgs.config)}
    with site.db.write() as conn:
        conn.execute(sa.delete(sys_mail))
        looked = sa.select(sa.func.count()).where(sys_job.c.kind == sending.LOOK)
        days = int(conn.scalar(looked) or 0) + 1
    with time_machine.travel(clock.now() + days * LATER, tick=False):
        Worker(site.orgs, jobs, (sending.SCHEDULE,), actor_id=SYSTEM_USER_ID).run_due(site.db)
    with site.db.read() as conn:
        return list(conn.execute(sa.select(sys_mail).order_by(sys_mail.c.recipient)))


def files(site: Site) -> dict[str, bytes]:
    """{name: texts} of all that is attached; of a workbook what is in it."""
    with site.db.read() as conn:
        rows = conn.execute(sa.select(sys_mail_part.c.name, sys_mail_part.c.content)).all()
    return {name: _opened(name, content) for name, content in rows}


def _opened(name: str, content: bytes) -> bytes:
    if not name.endswith("xlsx"):
        return content
    with ZipFile(io.BytesIO(content)) as book:
        return b"".join(book.read(one) for one in book.namelist())


def outcomes(site: Site) -> set[str | None]:
    with site.db.read() as conn:
        return set(conn.scalars(sa.select(sys_subscription.c.outcome)))


def ask(site: Site, path: str, who: str = "rep", **values: str) -> str:
    return site.guest(who).submit(f"{path}/subscribe", DAILY | values)


def test_each_reader_gets_a_letter_in_their_language_at_their_hour(either_site: Site) -> None:
    site = either_site
    path = "/reports/OpportunityPipeline"
    assert f'href="{path}/subscribe"' in site.guest().read(path)
    ask(site, path, "rep", attached="csv")
    ask(site, path, "admin", people=f"{PEOPLE['admin']}, {PEOPLE['chinese']}", attached="xlsx")
    ask(site, "/dashboards/SalesDashboard", "chinese")
    with site.db.read() as conn:
        s, u = sys_subscription.c, sys_user.c
        due = conn.execute(sa.select(s.next_at, u.time_zone).join(sys_user, u.id == s.user_id))
        for next_at, zone in due:
            local = next_at.astimezone(ZoneInfo(zone))
            assert (local.hour, local.minute) == (8, 0)
    letters = send_due(site)
    assert len(letters) == 4
    assert outcomes(site) == {"sent"}
    chinese = [one for one in letters if one.recipient == PEOPLE["chinese"]]
    assert len(chinese) == 2
    assert all('lang="zh-CN"' in one.html for one in chinese)
    for one in letters:
        assert "/settings/subscriptions" in one.text
        assert "<table" in one.html
        assert not re.search("<svg|<script|<style|class=", one.html), one.subject
    attached = files(site)
    assert sorted({name.rpartition(".")[2] for name in attached}) == ["csv", "xlsx"]
    page = site.guest("chinese").read("/settings/subscriptions")
    assert "/reports/OpportunityPipeline" in page
    assert "/dashboards/SalesDashboard" in page


def test_an_alert_is_sent_only_when_a_figure_meets_it(site: Site) -> None:
    path = "/reports/OpportunityPipeline"
    most = {"measure": "RowCount", "value": "1000000", "sign": ">"}
    ask(site, path, **most)
    assert send_due(site) == []
    assert outcomes(site) == {"quiet"}
    assert "Alert" in site.guest("rep").read("/settings/subscriptions")
    ask(site, path, **most | {"value": "0", "where": "groups"})
    (letter,) = send_due(site)
    assert letter.subject.startswith("Alert: ")
    for bad in ({"value": ""}, {"measure": "Nothing:Sum"}, {"sign": "~"}, {"where": "there"}):
        assert site.guest("rep").post(f"{path}/subscribe", DAILY | most | bad).status_code == 422
    answer = site.guest("rep").post(f"{path}/subscribe", DAILY | {"hour": "24", "attached": "pdf"})
    assert answer.status_code == 422
    assert "an hour that there are" in answer.text
    assert "cannot be attached" in answer.text


def secret_report(site: Site) -> None:
    """Grouped by a field, with a sum, which the administrator sees and the rep soon does not."""
    site.put_live({
        "kind": "CustomField", "uid": "f-secret", "name": "Account.Secret__c", "label": CANARY,
        "type": "Text", "length": 80,
    })  # fmt: skip
    asked = {"id": "1", "field": "Secret__c", "operator": "equals", "value": CANARY}
    shown = {
        "kind": "Report", "folder": "StandardReports", "reportType": "Account",
        "format": "Summary", "groupingsDown": [{"field": "Secret__c"}, {"field": "Name"}],
        "columns": [{"field": "Name"}, {"field": "Secret__c"},
                    {"field": "AnnualRevenue", "aggregateTypes": ["Sum"]}],
    }  # fmt: skip
    site.put_live(
        {**shown, "uid": "r-1", "name": "Shown", "label": "Shown"},
        {**shown, "uid": "r-2", "name": "Asked", "label": "Asked", "filters": [asked]},
        {**shown, "uid": "r-3", "name": "Bare", "label": "Bare", "format": "Tabular",
         "groupingsDown": []},
        board(components=[TILE | {"report": "Shown"}]),
    )  # fmt: skip
    values: Mapping[str, Any] = {
        "Name": "Kept",
        "Secret__c": CANARY,
        "AnnualRevenue": Decimal(987654321),
    }
    site.records().create("Account", values)


def everything(site: Site, letters: list[Any]) -> str:
    told = "".join(f"{one.subject}{one.text}{one.html}" for one in letters)
    return told + b"".join(files(site).values()).decode("utf-8", "ignore")


def test_a_hidden_field_is_never_told_by_a_letter_or_its_file(site: Site) -> None:
    secret_report(site)
    with site.db.write() as conn:
        conn.execute(sa.update(sys_user).values(language="en", locale="en_US"))
    for n, name in enumerate(("Shown", "Asked", "Bare")):
        ask(site, f"/reports/{name}", attached="csv" if n % 2 else "xlsx")
    ask(site, "/dashboards/Board")
    told = everything(site, send_due(site))
    assert CANARY in told
    assert "987" in told
    with site.db.write() as conn:
        conn.execute(sa.delete(sys_mail))
    limit(site, "RunReports", "ExportReport", fields=("Account.Name",))
    letters = send_due(site)
    told = everything(site, letters)
    assert CANARY not in told
    assert "987" not in told
    assert {"Bare"} <= {one.subject for one in letters}  # what is left of it is sent
    assert "Asked" not in {one.subject for one in letters}
    site.guest("rep").get("/settings")
    figure = {"measure": "AnnualRevenue:Sum", "sign": ">", "value": "1"}
    page = site.guest("rep").post("/reports/Bare/subscribe", DAILY | figure)
    assert "The report has no such figure." in page.text


def test_who_left_or_lost_the_right_gets_nothing(site: Site) -> None:
    secret_report(site)
    own = make_own(site)
    ask(site, "/reports/Bare", attached="csv")
    ask(site, own)
    limit(site, "RunReports", fields=("Account.Name",))
    bare, board_ = sorted(send_due(site), key=lambda one: str(one.subject))
    assert "may not take reports away" in bare.text
    assert files(site) == {}
    assert board_.subject == "Mine"
    limit(site, fields=("Account.Name",))
    assert send_due(site) == []
    assert outcomes(site) == {"lost"}
    page = site.guest("rep").read("/settings/subscriptions")
    assert "Not visible to you any more" in page
    limit(site, "RunReports", fields=("Account.Name",))
    with site.db.write() as conn:
        conn.execute(sa.update(sys_user).values(is_active=False).where(
            sys_user.c.username == PEOPLE["rep"]))  # fmt: skip
    assert send_due(site) == []


def test_only_who_manages_reports_asks_for_others_who_may_end_it(site: Site) -> None:
    path, rep = "/reports/OpportunityPipeline", PEOPLE["rep"]
    refused = site.guest("rep").post(f"{path}/subscribe", DAILY | {"people": PEOPLE["admin"]})
    assert refused.status_code == 403
    site.put_live(
        {"kind": "ReportFolder", "uid": "rf", "name": "Shut", "label": "Shut"},
        {"kind": "Report", "uid": "rs", "name": "Closed", "label": "Closed", "folder": "Shut",
         "reportType": "Account"},
    )  # fmt: skip
    admin = site.guest("admin")
    answer = admin.post("/reports/Closed/subscribe", DAILY | {"people": f"{rep} nobody"})
    assert "does not see it" in answer.text
    assert "no active user" in answer.text
    ask(site, path, "admin", people=rep)
    assert rep.partition("@")[0].split(".")[0].title() in admin.read("/settings/subscriptions")
    user = site.actor("rep").user_id
    uid = str(site.snapshot.find("Report", "OpportunityPipeline").uid)
    place = {"user": user, "kind": "Report", "key": uid}
    assert site.guest("chinese").post("/settings/subscriptions/end", place).status_code == 404
    assert path in site.guest("rep").read("/settings/subscriptions")
    assert site.guest("rep").post("/settings/subscriptions/end", place).status_code == 302
    assert send_due(site) == []
    ask(site, path, "rep")
    taken = admin.post(f"{path}/subscribe", DAILY | {"people": rep})
    assert "gets it already" in taken.text


def test_my_subscriptions_take_as_many_statements_for_many_as_for_one(site: Site) -> None:
    rep = site.guest("rep")
    ask(site, "/reports/TopAccounts")
    rep.read("/settings/subscriptions")
    with site.counted() as one:
        rep.read("/settings/subscriptions")
    for name in ("LeadSources", "ActiveAccounts", "OpportunityPipeline"):
        ask(site, f"/reports/{name}")
    with site.counted() as many:
        rep.read("/settings/subscriptions")
    assert len(many) == len(one)


def test_a_letter_of_a_subscription_that_was_ended_meanwhile_is_not_sent(site: Site) -> None:
    ask(site, "/reports/TopAccounts")
    with site.db.write() as conn:
        conn.execute(sa.update(sys_subscription).values(next_at=datetime(2026, 1, 1, tzinfo=UTC)))
    look = Worker(site.orgs, {sending.LOOK: sending.look}, (sending.SCHEDULE,),
                  actor_id=SYSTEM_USER_ID)  # fmt: skip
    look.run_due(site.db)
    with site.db.write() as conn:
        conn.execute(sa.delete(sys_subscription))
    jobs = {sending.LOOK: sending.look, **sending.work(site.orgs.config)}
    Worker(site.orgs, jobs, actor_id=SYSTEM_USER_ID).run_due(site.db)
    with site.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_mail)) == 0
