"""Edits of metadata through the pages' own drafts: what they put live, and what they refuse."""

from __future__ import annotations

from trellis.builder.drafts.fields import NewField, new_field
from trellis.builder.drafts.following import followed
from trellis.builder.drafts.labels import edited_labels
from trellis.builder.drafts.objects import NewObject, new_object
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.i18n import Localization, use_locale
from trellis.platform.people.actor import system_actor
from trellis.seeds.install import install_standard

INVOICE = NewObject("Invoice", "Invoices", "Invoice__c", "Invoice number", "INV-{0000}")


def _deployed(org_db: OrgDatabase, change_set: object) -> None:
    deploy(org_db, system_actor(org_db.key, "a test"), change_set)  # type: ignore[arg-type]


def test_a_new_object_is_complete_and_its_standing_words_are_in_both_languages(
    org_db: OrgDatabase,
) -> None:
    install_standard(org_db)
    _deployed(org_db, new_object(SNAPSHOTS.get(org_db), INVOICE))
    snapshot = SNAPSHOTS.get(org_db)
    view = snapshot.get("ListView", "Invoice__c.All")
    assert snapshot.name_field("Invoice__c").type == "AutoNumber"  # type: ignore[union-attr]
    assert snapshot.find("CustomTab", "Invoice__c")
    assert snapshot.label(view) == "All Invoices"
    with use_locale(Localization("zh_CN", "zh_CN")):
        assert snapshot.label(view) != "All Invoices"


def test_a_first_master_detail_field_takes_the_owner_from_everywhere(org_db: OrgDatabase) -> None:
    install_standard(org_db)
    _deployed(org_db, new_object(SNAPSHOTS.get(org_db), INVOICE))
    said = NewField(
        "Invoice__c", "MasterDetail", "Account", "Account__c",
        {"referenceTo": ["Account"]}, ("Invoice__c-Invoice Layout",),
    )  # fmt: skip
    _deployed(org_db, new_field(SNAPSHOTS.get(org_db), said))
    snapshot = SNAPSHOTS.get(org_db)
    assert not snapshot.object("Invoice__c").has_owner
    assert not [u for u in snapshot.of_kind("ListView") if "OwnerId" in u.document["columns"]
                and u.object == "Invoice__c"]  # fmt: skip
    account = next(o for o in snapshot.of_kind("Layout") if o.object == "Account")
    assert "Invoice__c.Account__c" in {related.field for related in account.related_lists}


def test_renaming_an_object_is_followed_by_every_label_that_says_its_name(
    org_db: OrgDatabase,
) -> None:
    install_standard(org_db)
    snapshot = SNAPSHOTS.get(org_db)
    account = snapshot.object("Account")
    said = {
        ("CustomObject", "Account", "label"): {"en": "Company"},
        ("CustomObject", "Account", "pluralLabel"): {"en": "Companies"},
    }
    _deployed(org_db, edited_labels(snapshot, followed(snapshot, account, said) | said))
    renamed = SNAPSHOTS.get(org_db)
    assert renamed.label(renamed.get("ListView", "Account.AllAccounts")) == "All companies"
    assert renamed.label(renamed.field("Contact", "AccountId")) == "Company"
    assert renamed.field("Contact", "AccountId").name == "Contact.AccountId"
