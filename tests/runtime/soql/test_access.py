"""Queries under access: what may not be seen answers as what is not there, wherever it is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from tests.factories import deployed, make_actor, make_field, make_object, standard_profiles
from tests.runtime.conftest import Crm, crm_documents
from trellis.metadata.definition import Document
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people.actor import STANDARD, Actor
from trellis.platform.vault import Vault, use_vault
from trellis.runtime.records.service import Records
from trellis.runtime.soql import Answer, Scope, SoqlError, columns, more, run
from trellis.runtime.soql.describing import object_of
from trellis.runtime.soql.locators import read_locator, write_locator

from .test_running import plain

pytestmark = pytest.mark.abuse("A57", "A18")

PRIVATE = ("Account", "Contact", "Opportunity", "Task", "Vault__c")
#: fields that the person may not read
CLOSED = (
    "Account.Hidden__c", "Account.Hidnum__c", "Account.Hidden2__c", "Contact.Hidden__c",
    "Task.Hidden2__c", "Contact.Deal__c", "Opportunity.Hidden__c",
)  # fmt: skip


def documents() -> Iterator[Document]:
    """The small CRM with private records, hidden fields and an object that is closed."""
    for document in crm_documents():
        private = {"sharingModel": "Private"} if document["name"] in PRIVATE else {}
        yield dict(document) | private
    yield make_object("Vault__c", keyPrefix="a77", sharingModel="Private")
    yield make_field("Vault__c.Name")
    yield make_field("Vault__c.Riddle__c", "Number", precision=8, scale=0)
    yield make_field("Vault__c.Account__c", "Lookup", to="Account", childRelationshipName="Vaults")
    yield make_field("Account.Hidden__c", "Picklist", values=["zqhiddenzq"])
    yield make_field("Account.Hidnum__c", "Number", precision=8, scale=0)
    yield make_field("Account.Hidden2__c", "Lookup", to="Account", childRelationshipName="Hidden2s")
    yield make_field("Account.Vault__c", "Lookup", to="Vault__c")
    yield make_field("Account.Secret__c", "EncryptedText", length=40)
    yield make_field("Contact.Hidden__c")
    yield make_field(
        "Contact.Deal__c", "Lookup", to="Opportunity", childRelationshipName="Hidden3s"
    )
    yield make_field("Opportunity.Hidden__c")
    yield make_field("Task.Hidden2__c", "Lookup", to=["Account", "Opportunity"])
    yield make_field("Task.Mixed__c", "Lookup", to=["Vault__c", "Account"])
    yield profile()


def profile() -> Document:
    """What a standard user may, but for the closed fields and the closed object."""
    usual = next(one for one in standard_profiles() if one["name"] == STANDARD)
    fields = [{"field": name, "readable": False, "editable": False} for name in CLOSED]
    shut = {"object": "Vault__c", "allowRead": False}
    return dict(usual) | {
        "uid": "blind", "name": "Blind", "label": "Blind", "protected": False,
        "fieldPermissions": [*usual["fieldPermissions"], *fields],
        "objectPermissions": [*usual["objectPermissions"], shut],
    }  # fmt: skip


@dataclass(frozen=True)
class Two:
    """An org, its administrator with records, and a person who sees only their own."""

    crm: Crm
    actor: Actor
    records: Records

    def ask(self, text: str, actor: Actor | None = None, **options: object) -> Answer:
        with self.crm.org_db.read() as conn:
            scope = Scope(conn, actor or self.actor, self.crm.snapshot)
            return run(scope, text, **options)  # type: ignore[arg-type]

    def rows(self, text: str, **options: object) -> object:
        return plain(self.ask(text, **options))

    def more(self, locator: str) -> Answer:
        with self.crm.org_db.read() as conn:
            return more(Scope(conn, self.actor, self.crm.snapshot), locator)

    def told(self, text: str) -> tuple[str, str]:
        """(code, message) of the refusal; ("", what is answered) of a query that runs."""
        try:
            found = self.ask(text)
        except SoqlError as refusal:
            return refusal.code, refusal.message
        return "", repr(plain(found))

    def laid_out(self, text: str) -> object:
        """What is said of a query before it runs."""
        with self.crm.org_db.read() as conn:
            scope = Scope(conn, self.actor, self.crm.snapshot)
            try:
                found = columns(scope, text), object_of(scope, text)
            except SoqlError as refusal:
                return refusal.code, refusal.message
        return found


@pytest.fixture
def two(org_db: OrgDatabase) -> Iterator[Two]:
    snapshot = deployed(org_db, *documents())
    admin = make_actor("Admin", name="Grace Hopper")
    actor = make_actor("blind")
    crm = Crm(org_db, snapshot, admin, Records(org_db, admin, snapshot))
    with use_vault(Vault(("a secret of this test" * 3,))):
        yield Two(crm, actor, Records(org_db, actor, snapshot))


@dataclass(frozen=True)
class Kept:
    """Records of two people: an account of each, and what hangs on the administrator's."""

    mine: str
    theirs: str
    their_contact: str
    my_contact: str  # of their account


@pytest.fixture
def kept(two: Two) -> Kept:
    mine = two.records.create("Account", {"Name": "Mine", "Rating": "Cold"})
    theirs = two.crm.make(
        "Account", Name="Theirs", Rating="Hot", Employees=Decimal(7), Hidden__c="zqhiddenzq",
        Secret__c="zqsecretzq",
    )  # fmt: skip
    their_contact = two.crm.make("Contact", Name="Their contact", AccountId=mine)
    my_contact = two.records.create("Contact", {"Name": "My contact"})
    # a contact of one's own would open its account, so the lookup of a task names theirs
    two.records.create("Task", {"Subject": "Mine about mine", "WhatId": mine})
    made = two.records.create("Task", {"Subject": "Mine about theirs"})
    two.crm.records.update(made, {"WhatId": theirs})
    return Kept(mine, theirs, their_contact, my_contact)


# -- fields --------------------------------------------------------------------------------------

#: queries that name a field or relation; N is there and hidden, or is not there
FIELDS = (
    "SELECT N__c FROM Account",
    "SELECT Id, N__c FROM Account LIMIT 0",
    "SELECT toLabel(N__c) FROM Account",
    "SELECT FORMAT(N__c) FROM Account",
    "SELECT convertCurrency(N__c) FROM Account",
    "SELECT FORMAT(convertCurrency(N__c)) FROM Account",
    "SELECT Account.N__c FROM Account",
    "SELECT a.N__c FROM Account a",
    "SELECT Parent.N__c FROM Account",
    "SELECT Parent.Parent.N__c FROM Account",
    "SELECT Account.N__c FROM Contact",
    "SELECT Account.Parent.N__c FROM Contact",
    "SELECT What.N__c FROM Task",
    "SELECT N__c.Name FROM Account",
    "SELECT Id FROM Account WHERE N__c = 'zqhiddenzq'",
    "SELECT Id FROM Account WHERE N__c = 5",
    "SELECT Id FROM Account WHERE N__c = null",
    "SELECT Id FROM Account WHERE N__c > 5",
    "SELECT Id FROM Account WHERE N__c LIKE 'z%'",
    "SELECT Id FROM Account WHERE N__c INCLUDES ('z')",
    "SELECT Id FROM Account WHERE N__c IN ('zqhiddenzq', 'x')",
    "SELECT Id FROM Account WHERE NOT (Name = 'x' OR N__c != null)",
    "SELECT Id FROM Account WHERE toLabel(N__c) = 'zqhiddenzq'",
    "SELECT Id FROM Account WHERE CALENDAR_YEAR(N__c) = 2026",
    "SELECT Id FROM Account WHERE DAY_ONLY(N__c) = TODAY",
    "SELECT Id FROM Account WHERE DISTANCE(N__c, GEOLOCATION(1,1), 'km') < 1",
    "SELECT Id FROM Account WHERE Parent.N__c = 'x'",
    "SELECT Id FROM Contact WHERE Account.Parent.N__c = 'x'",
    "SELECT Id FROM Task WHERE What.N__c = 'x'",
    "SELECT Id FROM Account WHERE N__c IN (SELECT AccountId FROM Contact)",
    "SELECT Id FROM Account WHERE Id IN (SELECT N__c FROM Contact)",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE N__c = 'x')",
    "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact WHERE N__c = null)",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Account.N__c = 'x')",
    "SELECT Id FROM Account ORDER BY N__c",
    "SELECT Id FROM Account ORDER BY Parent.N__c DESC NULLS LAST",
    "SELECT Id FROM Contact ORDER BY Account.N__c",
    "SELECT N__c, COUNT(Id) FROM Account GROUP BY N__c",
    "SELECT COUNT(Id) FROM Account GROUP BY N__c",
    "SELECT COUNT(Id) FROM Contact GROUP BY Account.N__c",
    "SELECT CALENDAR_YEAR(N__c), COUNT(Id) FROM Account GROUP BY CALENDAR_YEAR(N__c)",
    "SELECT DAY_ONLY(convertTimezone(N__c)) FROM Account GROUP BY DAY_ONLY(convertTimezone(N__c))",
    "SELECT COUNT(N__c) FROM Account",
    "SELECT COUNT_DISTINCT(N__c) FROM Account",
    "SELECT MIN(N__c), MAX(N__c) FROM Account",
    "SELECT SUM(N__c) FROM Account",
    "SELECT AVG(Parent.N__c) FROM Account",
    "SELECT COUNT(Account.N__c) FROM Contact",
    "SELECT COUNT() FROM Account WHERE N__c = 'zqhiddenzq'",
    "SELECT Rating FROM Account GROUP BY Rating HAVING MAX(N__c) = 'x'",
    "SELECT Rating FROM Account GROUP BY Rating HAVING N__c = 'x'",
    "SELECT Rating FROM Account GROUP BY Rating HAVING COUNT(Parent.N__c) > 1",
    "SELECT Rating FROM Account GROUP BY Rating ORDER BY MIN(N__c)",
    "SELECT Rating FROM Account GROUP BY Rating ORDER BY N__c",
    "SELECT Rating, COUNT(Id) FROM Account WHERE N__c = 'x' GROUP BY Rating",
    "SELECT COUNT() FROM Account HAVING MAX(N__c) = 'x'",
    "SELECT Name FROM Account HAVING MAX(N__c) = 'x'",
    "SELECT COUNT() FROM Account ORDER BY N__c",
    "SELECT Id, (SELECT N__c FROM Contacts) FROM Account",
    "SELECT Id, (SELECT toLabel(N__c) FROM Contacts) FROM Account",
    "SELECT Id, (SELECT Id FROM Contacts WHERE N__c = 'x') FROM Account",
    "SELECT Id, (SELECT Id FROM Contacts ORDER BY N__c) FROM Account",
    "SELECT Id, (SELECT Account.N__c FROM Contacts) FROM Account",
    "SELECT TYPEOF N__c WHEN Account THEN Id END FROM Task",
    "SELECT TYPEOF What WHEN Account THEN N__c END FROM Task",
)
#: the same of a relation: R is "Hidden2__r" or nothing's
RELATIONS = (
    "SELECT R__r.Name FROM Account",
    "SELECT R__r.Id FROM Account LIMIT 0",
    "SELECT Parent.R__r.Name FROM Account",
    "SELECT Account.R__r.Name FROM Contact",
    "SELECT toLabel(R__r.Name) FROM Account",
    "SELECT R__r.RecordType.Name FROM Account",
    "SELECT R__r.Name FROM Task",
    "SELECT R__r.Type FROM Task",
    "SELECT toLabel(R__r.Name) FROM Task",
    "SELECT Id FROM Account WHERE R__r.Name = 'x'",
    "SELECT Id FROM Account WHERE R__r.Name = null",
    "SELECT Id FROM Task WHERE R__r.Name = 'x'",
    "SELECT Id FROM Task WHERE R__r.Type = 'Account'",
    "SELECT Id FROM Account WHERE Id IN (SELECT R__c FROM Account)",
    "SELECT Id FROM Account WHERE R__c IN (SELECT Id FROM Account)",
    "SELECT Id FROM Account ORDER BY R__r.Name",
    "SELECT R__r.Name, COUNT(Id) FROM Account GROUP BY R__r.Name",
    "SELECT COUNT(R__r.Name) FROM Account",
    "SELECT Id, (SELECT Id FROM R__r) FROM Account",
    "SELECT Id, (SELECT Id FROM R2s__r) FROM Account",
    "SELECT Id, (SELECT Account.R__r.Name FROM Contacts) FROM Account",
    # an alias stands for what it is called by, whatever relations there are
    "SELECT R__r.Name FROM Account R__r",
    "SELECT Id FROM Account R__r WHERE R__r.Name = 'Mine'",
    "SELECT COUNT(R__r.Id) FROM Account R__r",
    "SELECT Id, (SELECT R__r.Name FROM Contacts R__r) FROM Account",
    "SELECT Id, (SELECT Id FROM Hidden3s) FROM Opportunity",
)


def test_a_hidden_field_answers_as_one_that_is_not_there(
    two: Two, kept: Kept, subtests: pytest.Subtests
) -> None:
    for text in FIELDS:
        asked = [text.replace("N__c", name) for name in ("Hidden__c", "Absent__c", "Hidnum__c")]
        with subtests.test(text):
            (code, absent), told = two.told(asked[1]), [two.told(one) for one in asked]
            for name, one in zip(("Hidden", "Absent", "Hidnum"), told, strict=True):
                assert one == (code, absent.replace("Absent", name))
            assert code
            seen = [repr(two.laid_out(one)) for one in asked[:2]]
            assert seen[0].replace("Hidden", "Absent") == seen[1]


def test_a_hidden_relation_answers_as_one_that_is_not_there(
    two: Two, kept: Kept, subtests: pytest.Subtests
) -> None:
    for text in RELATIONS:
        hidden = text.replace("R__", "Hidden2__").replace("R2s", "Hidden2s")
        absent = text.replace("R__", "Absent2__").replace("R2s", "Absent2s")
        absent = absent.replace("Hidden3s", "Absent3s")
        with subtests.test(text):
            code, said = two.told(hidden)
            assert (code, said.replace("Hidden", "Absent")) == two.told(absent)
            seen = repr(two.laid_out(hidden)).replace("Hidden", "Absent")
            assert seen == repr(two.laid_out(absent))


def test_all_fields_are_those_that_may_be_read(two: Two, kept: Kept) -> None:
    for kind in ("ALL", "CUSTOM", "STANDARD"):
        (row,) = two.ask(f"SELECT FIELDS({kind}) FROM Account LIMIT 200").records
        assert not {name for name in row.values if name.startswith("Hid")}
    nested = "SELECT Id, (SELECT FIELDS(ALL) FROM Contacts LIMIT 200) FROM Account"
    assert "Hidden" not in repr(two.ask(nested))


# -- objects -------------------------------------------------------------------------------------

OBJECTS = (
    "SELECT Id FROM V__c",
    "SELECT COUNT() FROM V__c",
    "SELECT FIELDS(ALL) FROM V__c LIMIT 5",
    "SELECT Name, COUNT(Id) FROM V__c GROUP BY Name",
    "SELECT Id FROM V__c WHERE Nothing__c = 1 ALL ROWS",
    "SELECT Id FROM Account WHERE Id IN (SELECT Account__c FROM V__c)",
    "SELECT Id FROM Account WHERE Id NOT IN (SELECT Account__c FROM V__c WHERE Name = 'x')",
    "SELECT Id, (SELECT Id FROM Vs) FROM Account",
    "SELECT Id, (SELECT Id FROM Vs__r) FROM Account",
    "SELECT V__r.Name FROM Account",
    "SELECT Id FROM Account WHERE V__r.Name = 'x'",
    "SELECT Id FROM Account ORDER BY V__r.Name",
    "SELECT COUNT(V__r.Riddle__c) FROM Account",
    "SELECT Mixed__r.Nothing FROM Task",
)


def test_an_object_that_is_closed_answers_as_one_that_is_not_there(
    two: Two, kept: Kept, subtests: pytest.Subtests
) -> None:
    two.crm.make("Vault__c", Name="x", Account__c=kept.mine, Riddle__c=Decimal(1))
    for text in OBJECTS:
        shut, absent = (
            text.replace("V__", f"{name}__").replace("Vs", f"{name}s")
            for name in ("Vault", "Vapor")
        )
        with subtests.test(text):
            code, said = two.told(shut)
            assert (code, said.replace("Vault", "Vapor")) == two.told(absent)
            assert code in ("INVALID_TYPE", "INVALID_FIELD")


def test_a_closed_object_among_several_is_left_out(two: Two, kept: Kept) -> None:
    vault = two.crm.make("Vault__c", Name="zqvaultzq", Riddle__c=Decimal(1))
    for what, subject in ((vault, "Shut"), (kept.mine, "Open")):
        made = two.records.create("Task", {"Subject": subject})
        two.crm.records.update(made, {"Mixed__c": what})
    text = "SELECT Subject, Mixed__r.Name, Mixed__r.Type FROM Task WHERE Subject IN ('Shut','Open')"
    assert two.rows(f"{text} ORDER BY Subject") == [
        {"Subject": "Open", "Mixed__r": {"Name": "Mine", "Type": "Account"}},
        {"Subject": "Shut", "Mixed__r": None},
    ]
    for condition in ("Type = 'Vault__c'", "Name = 'zqvaultzq'", "Name LIKE 'zq%'"):
        assert two.rows(f"SELECT Id FROM Task WHERE Mixed__r.{condition}") == []
    riddle = "SELECT Mixed__r.Riddle__c FROM Task"
    absent = two.told(riddle.replace("Riddle", "Absent"))
    assert two.told(riddle) == (absent[0], absent[1].replace("Absent", "Riddle"))
    assert "Vault__c" not in repr(two.laid_out("SELECT Mixed__r.Name, Mixed__r.Id FROM Task"))


# -- records -------------------------------------------------------------------------------------


def test_records_of_others_are_in_no_answer(two: Two, kept: Kept) -> None:
    """Not as rows, counted, grouped, skipped, as children, parents or deleted ones."""
    assert two.rows("SELECT Name FROM Account") == [{"Name": "Mine"}]
    assert two.rows("SELECT Name FROM Account WHERE Name = 'Theirs'") == []
    assert two.rows(f"SELECT Name FROM Account WHERE Id = '{kept.theirs}'") == []
    assert two.ask("SELECT COUNT() FROM Account").total == 1
    assert two.rows("SELECT COUNT(Id), MAX(Employees) m FROM Account") == [{"expr0": 1, "m": None}]
    assert two.rows("SELECT Rating, COUNT(Id) n FROM Account GROUP BY Rating") == [
        {"Rating": "Cold", "n": 1}
    ]
    assert two.rows("SELECT Rating FROM Account GROUP BY Rating HAVING MAX(Employees) > 1") == []
    assert two.ask("SELECT Id FROM Account LIMIT 5 OFFSET 1").total == 0
    assert two.rows("SELECT Name, (SELECT Name FROM Contacts) FROM Account") == [
        {"Name": "Mine", "Contacts": None}
    ]
    assert two.ask("SELECT Id FROM Account USING SCOPE team").total == 1


def test_what_others_have_decides_nothing(two: Two, kept: Kept) -> None:
    """A condition on a record that is not theirs is one on a record that is not there."""
    about = "SELECT Subject FROM Task WHERE"
    every = [{"Subject": "Mine about mine"}, {"Subject": "Mine about theirs"}]
    assert two.rows(f"{about} What.Name = 'Theirs'") == []
    assert two.rows(f"{about} What.Rating = 'Hot'") == []
    assert two.rows(f"{about} What.Type = 'Account'") == every[:1]
    assert two.rows(f"{about} What.Name != 'Theirs' ORDER BY Subject") == every
    assert two.rows(f"{about} What.Name = null") == every[1:]
    assert two.rows(f"{about} NOT What.Name LIKE 'T%' ORDER BY Subject") == every
    told = two.rows("SELECT What.Name, What.Rating FROM Task ORDER BY Subject")
    assert told == [{"What": {"Name": "Mine", "Rating": "Cold"}}, {"What": None}]
    for inner, found in (
        ("SELECT Id FROM Account WHERE Name = 'Theirs'", []),
        ("SELECT Id FROM Account WHERE Rating = 'Hot'", []),
        ("SELECT Id FROM Account", every[:1]),
    ):
        assert two.rows(f"{about} WhatId IN ({inner})") == found
    assert two.rows(f"{about} WhatId NOT IN (SELECT Id FROM Account) ORDER BY Subject") == every[1:]
    assert two.rows("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)") == []
    mine = [{"Name": "Mine"}]
    assert two.rows("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)") == (
        mine
    )


def test_a_parent_of_others_is_blank_wherever_it_stands(two: Two, kept: Kept) -> None:
    two.crm.records.update(kept.mine, {"ParentId": kept.theirs})
    where = "SELECT Name FROM Account WHERE"
    mine = [{"Name": "Mine"}]
    assert two.rows("SELECT Parent.Name, Parent.Id FROM Account") == [{"Parent": None}]
    assert two.rows(f"{where} Parent.Name = 'Theirs'") == []
    assert two.rows(f"{where} Parent.Rating = 'Hot'") == []
    assert two.rows(f"{where} Parent.Id != null") == []
    assert two.rows(f"{where} Parent.Rating = null") == mine
    assert two.rows(f"{where} Parent.Rating != 'Cold'") == two.rows(f"{where} Parent.Rating = null")
    assert two.rows("SELECT Parent.Name, COUNT(Id) n FROM Account GROUP BY Parent.Name") == [
        {"Name": None, "n": 1}
    ]
    assert two.rows("SELECT MAX(Parent.Employees) m FROM Account") == [{"m": None}]
    grouped = "SELECT Name FROM Account GROUP BY Name HAVING MAX(Parent.Employees) = 7"
    assert two.rows(grouped) == []


def test_deleted_records_of_others_stay_theirs(two: Two, kept: Kept) -> None:
    gone = two.records.create("Account", {"Name": "Gone"})
    two.records.delete([gone])
    two.crm.records.delete([kept.theirs])
    for text, options in (
        ("SELECT Name FROM Account WHERE IsDeleted = true", {"all_rows": True}),
        ("SELECT Name FROM Account WHERE IsDeleted = true ALL ROWS", {}),
    ):
        assert two.rows(text, **options) == [{"Name": "Gone"}]
    assert two.ask("SELECT COUNT() FROM Account ALL ROWS").total == 2
    assert two.rows("SELECT COUNT(Id) n FROM Account WHERE IsDeleted = true ALL ROWS") == [{"n": 1}]
    children = "SELECT Name, (SELECT Name FROM Contacts) FROM Account WHERE Name = 'Mine' ALL ROWS"
    two.crm.records.delete([kept.their_contact])
    assert two.rows(children) == [{"Name": "Mine", "Contacts": None}]


def test_a_locator_gives_what_its_reader_may_see_now(two: Two, kept: Kept) -> None:
    for n in range(3):
        two.records.create("Account", {"Name": f"a{n}"})
    mine = two.ask("SELECT Name FROM Account ORDER BY Name", size=1).locator or ""
    theirs = two.ask("SELECT Name FROM Account", actor=two.crm.actor, size=1).locator or ""
    with pytest.raises(SoqlError, match="invalid query locator"):
        two.more(theirs)
    with two.crm.org_db.read() as conn:
        own = Scope(conn, two.actor, two.crm.snapshot)
        place = read_locator(Scope(conn, two.crm.actor, two.crm.snapshot), theirs)
        with pytest.raises(SoqlError):  # where another's query stopped is no place of one's own
            more(own, write_locator(own, place))
        place = replace(place, cursor="")
        forged = write_locator(own, place)
        hidden = write_locator(own, replace(place, text="SELECT Hidden__c FROM Account"))
        nowhere = write_locator(own, replace(place, child=(7,), parent=kept.theirs))
    assert "Theirs" not in repr(plain(two.more(forged)))
    for locator, code in ((hidden, "INVALID_FIELD"), (nowhere, "INVALID_QUERY_LOCATOR")):
        with pytest.raises(SoqlError) as refusal:
            two.more(locator)
        assert refusal.value.code == code
    two.records.delete([one.id for one in two.ask("SELECT Id FROM Account").records])
    assert two.more(mine).records == []


def test_children_of_a_record_of_others_are_asked_for_by_no_locator(two: Two, kept: Kept) -> None:
    two.crm.make("Contact", Name="Secret", AccountId=kept.theirs)
    text = "SELECT Id, (SELECT Name FROM Contacts) FROM Account"
    with two.crm.org_db.read() as conn:
        own = Scope(conn, two.actor, two.crm.snapshot)
        base = read_locator(own, two.ask("SELECT Id FROM Task", size=1).locator or "")
        place = replace(base, text=text, child=(1,), parent=kept.theirs, cursor="", total=-1)
        locator = write_locator(own, place)
    assert two.more(locator).records == []


# -- secrets -------------------------------------------------------------------------------------


def test_a_secret_is_masked_by_every_way(two: Two, kept: Kept, subtests: pytest.Subtests) -> None:
    own = two.records.create("Account", {"Name": "Safe", "Secret__c": "zqsecretzq"})
    two.records.create("Account", {"Name": "Child", "ParentId": own})
    two.records.create("Contact", {"Name": "c", "AccountId": own})
    two.records.create("Task", {"Subject": "t", "WhatId": own})
    for text in (
        "SELECT Secret__c FROM Account",
        "SELECT toLabel(Secret__c) FROM Account",
        "SELECT FORMAT(Secret__c) FROM Account",
        "SELECT Parent.Secret__c FROM Account",
        "SELECT Account.Secret__c FROM Contact",
        "SELECT FIELDS(ALL) FROM Account LIMIT 200",
        "SELECT Id, (SELECT Secret__c FROM Accounts) FROM Account",
        "SELECT What.Secret__c FROM Task",
        "SELECT toLabel(What.Secret__c) FROM Task",
    ):
        with subtests.test(text):
            found = repr(two.rows(text))
            assert "zqsecretzq" not in found
            assert "****" in found or "Accounts" in found
    for text in (
        "SELECT MIN(Secret__c) FROM Account",
        "SELECT Secret__c, COUNT(Id) FROM Account GROUP BY Secret__c",
        "SELECT Id FROM Account WHERE Secret__c = 'zqsecretzq'",
        "SELECT Id FROM Account WHERE Parent.Secret__c = 'zqsecretzq'",
        "SELECT Id FROM Account ORDER BY Secret__c",
        "SELECT Id FROM Task WHERE What.Secret__c = 'zqsecretzq'",
        "SELECT Id FROM Task WHERE What.Secret__c LIKE 'zq%'",
        "SELECT Id FROM Task WHERE What.Secret__c = null",
    ):
        with subtests.test(text):
            assert two.told(text)[0]
