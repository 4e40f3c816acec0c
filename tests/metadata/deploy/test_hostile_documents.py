"""Documents whose names, labels, options and formulas are SQL: refused, or kept as mere text.

Every place of a document that takes a text takes each of them in turn. What is taken must come into
no statement that is sent, and the org's tables keep the names that we give.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.factories import make_document, make_field, make_object
from tests.metadata.company import company, documents_of, put, snapshot_of
from tests.payloads import MARK, PAYLOADS, STORABLE, statements
from trellis.metadata.definition import Document
from trellis.metadata.invariants import check_metadata
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected

pytestmark = pytest.mark.abuse("A21")

#: {place that has a grammar: a document with the payload there}
REFUSED: dict[str, Callable[[str], Document]] = {
    "name of an object": lambda text: make_object(f"{text}__c", uid="odd"),
    "whole name of an object": lambda text: make_object(text, uid="odd"),
    "name of a field": lambda text: make_field(f"Account.{text}__c", uid="odd"),
    "object of a field": lambda text: make_field(f"{text}.Odd__c", uid="odd"),
    "uid": lambda text: make_field("Account.Odd__c", uid=text),
    "key prefix": lambda text: make_object("Odd__c", keyPrefix=text),
    "length": lambda text: make_field("Account.Odd__c", length=text),
    "scale": lambda text: make_field("Account.Odd__c", "Number", precision=8, scale=text),
    "precision": lambda text: make_field("Account.Odd__c", "Number", precision=text, scale=0),
    "unique": lambda text: make_field("Account.Odd__c", unique=text),
    "external id": lambda text: make_field("Account.Odd__c", externalId=text),
    "type": lambda text: make_field("Account.Odd__c") | {"type": text},
    "target": lambda text: make_field("Account.Odd__c", "Lookup", to=text),
    "deletion": lambda text: make_field("Account.Odd__c", "Lookup", to="Contact",
                                        deleteConstraint=text),
    "sharing": lambda text: make_object("Odd__c", sharingModel=text),
    "column of a view": lambda text: make_document("ListView", "Account.Odd", object="Account",
                                                   columns=["Name", text]),
    "order of a view": lambda text: make_document("ListView", "Account.Odd", object="Account",
                                                  columns=["Name"], sort=[{"field": text}]),
    "operator of a view": lambda text: make_document(
        "ListView", "Account.Odd", object="Account", columns=["Name"],
        filters=[{"id": "1", "field": "Name", "operator": text, "value": "x"}]),
    "logic of a view": lambda text: make_document(
        "ListView", "Account.Odd", object="Account", columns=["Name"], booleanFilter=text,
        filters=[{"id": "1", "field": "Name", "operator": "equals", "value": "x"}]),
    "formula of a rule": lambda text: make_document(
        "ValidationRule", "Account.Odd", object="Account", errorConditionFormula=f"Name = {text}",
        errorMessage="No."),
}  # fmt: skip


@pytest.mark.parametrize("place", REFUSED)
def test_sql_where_a_grammar_is_asked_for_is_refused(org_db: OrgDatabase, place: str) -> None:
    put(org_db, make_object("Account", keyPrefix="001"), make_field("Account.Name", required=True),
        make_object("Contact", keyPrefix="003"), make_field("Contact.Name"))  # fmt: skip
    before = documents_of(snapshot_of(org_db))
    with statements() as heard:
        for text in PAYLOADS[::5]:
            with pytest.raises(Rejected):
                put(org_db, REFUSED[place](text))
    assert MARK not in "".join(heard)
    assert documents_of(snapshot_of(org_db)) == before


def odd(text: str, number: int) -> list[Document]:
    """Documents with the text wherever any text is taken; `number` makes their names others."""
    name = f"Odd{number}__c"
    default = text.replace("'", "").replace('"', "").replace("\\", "")[:80]
    return [
        make_object(name, label=text[:40], description=text),
        make_field(f"{name}.Name", "AutoNumber", label=text[:40], displayFormat="{0}"),
        make_field(f"{name}.Text__c", label=text[:40], description=text, inlineHelpText=text,
                   defaultValue=f"'{default}'", unique=True),
        make_field(f"{name}.Kind__c", "Picklist", label=text[:40], values=[text[:80], "Plain"]),
        make_document("ListView", f"{name}.All", object=name, columns=["Name"], filters=[
            {"id": "1", "field": "Text__c", "operator": "equals", "value": text}])
        | {"label": text[:40]},
        make_document("ValidationRule", f"{name}.No", object=name, errorMessage=text,
                      errorConditionFormula=f'Text__c = "{default}"'),
        make_document("Group", f"Odd{number}") | {"label": text[:40]},
        make_document("Role", text) | {"uid": f"odd-role-{number}"},  # has no grammar
        make_document("SharingRule", f"{name}.Rule", object=name, type="criteria", access="Read",
                      sharedTo={"type": "allInternalUsers"}, filters=[
            {"id": "1", "field": "Text__c", "operator": "equals", "value": text}])
        | {"label": text[:40]},
    ]  # fmt: skip


def test_sql_where_any_text_is_taken_is_kept_as_it_is(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    few = STORABLE[::20]
    wanted = [document for n, text in enumerate(few) for document in odd(text, n)]
    with statements() as heard:
        put(org_db, *wanted)
        put(org_db, remove=tuple(d["uid"] for d in wanted if d["kind"] == "CustomField"
                                 and d["name"].endswith("Kind__c")))  # fmt: skip
    assert MARK not in "".join(heard)
    now = documents_of(snapshot_of(org_db))
    for document in wanted:
        if not document["name"].endswith("Kind__c"):
            assert now[document["uid"]] == document
    assert check_metadata(org_db) == ()
    assert names_of(org_db) == []


def names_of(org_db: OrgDatabase) -> list[str]:
    """Tables, columns and indexes of ours that are called by anything but our numbers."""
    schema = getattr(org_db, "schema", None) if org_db.dialect == "postgresql" else None
    shape = re.compile(r"(sys_\w+|t\d+(_\d+)?)")
    with org_db.read() as conn:
        inspector = sa.inspect(conn)
        tables = inspector.get_table_names(schema=schema)
        odd_ones = [name for name in tables if not shape.match(name)]
        for table in (name for name in tables if re.fullmatch(r"t\d+(_\d+)?", name)):
            columns = [str(c["name"]) for c in inspector.get_columns(table, schema=schema)]
            indexes = [str(i["name"]) for i in inspector.get_indexes(table, schema=schema)]
            odd_ones += [one for one in (*columns, *indexes) if not re.fullmatch(r"\w{1,40}", one)]
        assert any(re.fullmatch(r"t\d+", name) for name in tables)
    return odd_ones
