"""Roll-ups as metadata: what they may read, what follows them, what they hold back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import deployed, make_field, make_snapshot, nobody
from tests.runtime.conftest import crm_documents
from trellis.metadata import checks
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy, preview
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.steps import Risk
from trellis.metadata.rollup_runs import list_due
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected

BY = "Opportunity.AccountId"


def total(name: str = "Account.Total__c", **changes: Any) -> Document:
    said: dict[str, Any] = {
        "summaryOperation": "sum", "summaryForeignKey": BY, "summarizedField": "Opportunity.Amount",
    }  # fmt: skip
    return make_field(name, "Summary", **{k: v for k, v in (said | changes).items() if v != ""})


def filtered(field: str, operation: str, value: str = "") -> list[dict[str, str]]:
    return [{"field": f"Opportunity.{field}", "operation": operation, "value": value}]


def codes(*documents: Document) -> set[str]:
    snapshot = make_snapshot(*crm_documents(), *documents)
    return {problem.code for problem in checks.check(snapshot)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"summaryOperation": ""}, "rollup.operation"),
        ({"summaryForeignKey": "Opportunity.Name"}, "rollup.lookup"),
        ({"summaryForeignKey": "Contact.AccountId"}, "rollup.object"),
        ({"summaryForeignKey": "Opportunity.OwnerId"}, "rollup.lookup"),
        ({"summaryForeignKey": "Nothing.AccountId"}, "rollup.object"),
        ({"summaryForeignKey": "Opportunity.Nothing"}, "field.unknown"),
        ({"summarizedField": ""}, "rollup.no_field"),
        ({"summarizedField": "Opportunity.Name"}, "rollup.type"),
        ({"summarizedField": "Opportunity.CloseDate"}, "rollup.type"),
        ({"summaryOperation": "max", "summarizedField": "Opportunity.StageName"}, "rollup.type"),
        ({"summaryOperation": "count"}, "rollup.count"),
        ({"summaryFilterItems": filtered("Nothing", "equals")}, "field.unknown"),
        ({"summaryFilterItems": filtered("Amount", "contains", "1")}, "filter.operator"),
        ({"summaryFilterItems": filtered("Amount", "equals", "much")}, "number.malformed"),
        ({"summaryFilterItems": filtered("CloseDate", "equals", "TODAY")}, "rollup.relative"),
        ({"summaryFilterItems": filtered("LastModifiedDate", "isNotBlank")}, "rollup.filter"),
        ({"summaryFilterItems": filtered("IsDeleted", "equals", "true")}, "rollup.filter"),
        ({"required": True}, "rollup.attribute"),
        ({"trackHistory": True}, "rollup.attribute"),
        ({"defaultValue": "5"}, "rollup.attribute"),
        ({"unique": True}, "field.cannot_be_unique"),
    ],
)
def test_what_cannot_be_kept_up_is_refused(changes: dict[str, Any], code: str) -> None:
    assert code in codes(total(**changes))


def test_a_sound_roll_up_has_no_problems() -> None:
    assert not codes(total(), total("Account.Won__c", summaryFilterItems=filtered(
        "StageName", "equals", "Closed Won")))  # fmt: skip
    assert not codes(total("Account.First__c", summaryOperation="min",
                           summarizedField="Opportunity.CreatedDate"))  # fmt: skip


@pytest.mark.abuse("A69")
@pytest.mark.parametrize("value", ["1e1000000", "NaN", "Infinity", "1e999", "9" * 5000, "٣"])
def test_a69_a_filter_takes_no_number_that_is_none(value: str) -> None:
    """A69: refused while it is defined, so that no statement ever meets it."""
    assert codes(total(summaryFilterItems=filtered("Amount", "greaterThan", value)))


@pytest.mark.abuse("A23")
@pytest.mark.parametrize(
    "text", ["__class__", "Amount.__class__", "{0.x}", "Amount' OR 1=1 --", "Amount)", "[x]"]
)
def test_a23_a_roll_up_reads_fields_and_nothing_else(text: str) -> None:
    """A23: what it names is looked up among the fields of the child, never put into a statement."""
    assert codes(total(summarizedField=f"Opportunity.{text}"))
    assert codes(total(summaryFilterItems=filtered(text, "equals", "1")))
    assert codes(total(summaryForeignKey=f"Opportunity.{text}"))


@pytest.mark.abuse("A68")
def test_a68_circles_and_a_fourth_level_are_refused() -> None:
    """A68: a roll-up that would depend on itself never reaches a save."""
    itself = total(
        "Account.X__c", summaryForeignKey="Account.ParentId", summarizedField="Account.X__c"
    )
    assert "rollup.circle" in codes(itself)
    levels = [total("Account.L1__c")]
    for n in (2, 3, 4):
        levels.append(
            total(f"Account.L{n}__c", summaryForeignKey="Account.ParentId",
                  summarizedField=f"Account.L{n - 1}__c", resultType="Currency")
        )  # fmt: skip
    assert not codes(*levels[:3])
    assert codes(*levels) == {"rollup.levels"}


@pytest.mark.abuse("F34", "F35")
@pytest.mark.parametrize("date", ["0000-01-01", "-1", "10000-01-01", "2025-02-29"])
def test_f34_f35_a_filter_takes_no_day_that_is_none(date: str) -> None:
    """F34, F35: years beyond 1 to 9999 and the 29th of an ordinary February are refused."""
    assert codes(total(summaryFilterItems=filtered("CloseDate", "greaterThan", date)))
    assert not codes(total(summaryFilterItems=filtered("CloseDate", "equals", "2024-02-29")))


def test_the_type_of_the_values_follows_what_is_summarized(org_db: OrgDatabase) -> None:
    snapshot = deployed(org_db, *crm_documents(), total())
    field = snapshot.field("Account", "Total__c")
    assert (field.value_type, field.options["scale"]) == ("Currency", 2)
    assert field.field_type.formula_kind == "currency"
    amount = dict(snapshot.field("Opportunity", "Amount").document)
    change = ChangeSet(({**amount, "type": "Number", "scale": 3},))
    shown = preview(org_db, change)
    assert [step.risk for step in shown.steps if "Total__c" in step.describe()] == [Risk.SAFE] * 3
    deploy(org_db, nobody(org_db.key), change)
    field = SNAPSHOTS.get(org_db).field("Account", "Total__c")
    assert (field.value_type, field.options["scale"]) == ("Number", 3)
    count = {key: value for key, value in field.document.items() if key != "summarizedField"}
    deploy(org_db, nobody(org_db.key), ChangeSet(({**count, "summaryOperation": "count"},)))
    field = SNAPSHOTS.get(org_db).field("Account", "Total__c")
    assert (field.value_type, field.options["scale"]) == ("Number", 0)


def test_a_run_begins_with_what_changes_the_values_and_with_nothing_else(
    org_db: OrgDatabase,
) -> None:
    deployed(org_db, *crm_documents())

    def due_after(*documents: Document) -> int:
        deploy(org_db, nobody(org_db.key), ChangeSet(documents))
        with org_db.write() as conn:
            found = len(list_due(conn))
            conn.exec_driver_sql("UPDATE sys_rollup SET state = 'ready'")
        return found

    assert due_after(total()) == 1
    document = dict(SNAPSHOTS.get(org_db).field("Account", "Total__c").document)
    assert due_after({**document, "label": "Other"}) == 0
    assert due_after({**document, "summaryFilterItems": filtered("Name", "equals", "x")}) == 1


def test_what_a_roll_up_reads_stays_and_may_be_renamed(org_db: OrgDatabase) -> None:
    won = filtered("StageName", "equals", "Closed Won")
    snapshot = deployed(
        org_db, *crm_documents(), make_field("Opportunity.Fee__c", "Currency"),
        total(summarizedField="Opportunity.Fee__c", summaryFilterItems=won),
    )  # fmt: skip
    for name in ("Opportunity.Fee__c", "Opportunity.StageName", BY):
        used = [use.name for use in snapshot.referrers("CustomField", name)]
        assert "Account.Total__c" in used
        gone = snapshot.get("CustomField", name).uid
        with pytest.raises(Rejected, match=r"Account\.Total__c"):
            deploy(org_db, nobody(org_db.key), ChangeSet((), (gone,)))
    fee = dict(snapshot.get("CustomField", "Opportunity.Fee__c").document)
    deploy(org_db, nobody(org_db.key), ChangeSet(({**fee, "name": "Opportunity.Cost__c"},)))
    field = SNAPSHOTS.get(org_db).field("Account", "Total__c")
    assert field.options["summarizedField"] == "Opportunity.Cost__c"
    with org_db.read() as conn:
        assert len(list_due(conn)) == 0
