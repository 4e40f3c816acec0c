"""What a Salesforce report is made of: its report type and the words for its columns, as ours.

A report type is one of the org's own ("Jobs_with_Hours__c"), whose columns are "Job__c$Name", or
one that comes with objects: "ContactList", "CustomEntity$Hours__c@Hours__c.Job__c". Columns of the
latter are API names behind their object's, or tokens: CLOSE_DATE, CUST_NAME, FK_NAME.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ....platform.errors import Rejected
from ....platform.i18n import _
from ...definition import Document
from ...kinds.custom_field import CustomField
from ...kinds.report_type import (
    CHILD,
    MARK,
    ReportType,
    check_typed_path,
    find_type,
    resolve_typed,
)
from ...names import CUSTOM, relationship_of
from ...snapshot import Snapshot, relation_name
from .legacy_names import OBJECTS, path_of
from .translator import plain, refuse

#: {report type that comes with objects: our name of it}
LISTS: Mapping[str, str] = MappingProxyType(
    {
        "AccountList": "Account", "ContactList": "Contact", "LeadList": "Lead",
        "Opportunity": "Opportunity", "OpportunityList": "Opportunity", "CaseList": "Case",
        "CampaignList": "Campaign", "Activity": "Task", "ProductList": "Product2",
        "UserList": "User",
        "OpportunityContact": "Opportunity$OpportunityContactRole.OpportunityId",
        "OpportunityProduct": "Opportunity$OpportunityLineItem.OpportunityId",
        "CampaignContact": "Campaign$CampaignMember.CampaignId",
        "CampaignMember": "Campaign$CampaignMember.CampaignId",
    }
)  # fmt: skip
#: tokens of an object's columns that are not its API names in capitals
TOKENS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Opportunity": {
            "OPPORTUNITY_NAME": "Name", "OPPORTUNITY.NAME": "Name", "ACCOUNT_NAME": "AccountId",
            "CLOSED": "IsClosed", "WON": "IsWon", "CAMPAIGN_SOURCE": "CampaignId",
            "FULL_NAME": "OwnerId", "EXP_AMOUNT": "ExpectedRevenue", "OPPORTUNITY_ID": "Id",
            "ACCOUNT_ID": "AccountId", "CLOSE_DATE2": "CloseDate", "CLOSE_MONTH": "CloseDate",
            "FISCAL_YEAR": "CloseDate", "FISCAL_QUARTER": "CloseDate",
            "ACCOUNT_RECORDTYPE": "Account.RecordTypeId",
        },
        "Account": {
            "ACCOUNT.NAME": "Name", "NAME": "Name", "USERS.NAME": "OwnerId", "ACCOUNT_ID": "Id",
            "ADDRESS1_ZIP": "BillingPostalCode",
        },
        "Contact": {
            "ACCOUNT.NAME": "AccountId", "CONTACT_ID": "Id", "OWNER_FULL_NAME": "OwnerId",
            "CONTACT_ACCOUNT.NAME": "AccountId", "NAME": "Name",
        },
        "Campaign": {
            "CAMPAIGN_NAME": "Name", "CAMPAIGN_ID": "Id", "NUM_CONTACTS": "NumberOfContacts",
            "AMOUNT_WON": "AmountWonOpportunities",
            "NUM_WON_OPPORTUNITIES": "NumberOfWonOpportunities",
        },
        "CampaignMember": {"MEMBER_STATUS": "Status"},
        "OpportunityContactRole": {"PRIMARY": "IsPrimary", "ROLE": "Role"},
        "Task": {"ACCOUNT": "AccountId", "ASSIGNED": "OwnerId", "CONTACT": "WhoId"},
        "Lead": {"OWNER": "OwnerId"},
    }
)  # fmt: skip
#: tokens of any object's columns behind CUST_ and FK_
ENTITY: Mapping[str, str] = MappingProxyType(
    {
        "ID": "Id", "OWNER_NAME": "OwnerId", "CREATED_DATE": "CreatedDate",
        "CREATED_NAME": "CreatedById", "LAST_UPDATE": "LastModifiedDate",
        "LAST_UPDATE_NAME": "LastModifiedById", "RECORDTYPE": "RecordTypeId",
    }
)  # fmt: skip
#: the objects of FK_OPP_AMOUNT and its like
FOREIGN: Mapping[str, str] = MappingProxyType(
    {"OPP": "Opportunity", "ACC": "Account", "CNTC": "Contact", "CASE": "Case", "LEAD": "Lead"}
)
#: the lookups whose fields stand among those of the object, without a word for it
BESIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"CampaignMember": ("Contact", "Lead"), "OpportunityContactRole": ("Contact",),
     "Contact": ("Account",), "Opportunity": ("Account",)}
)  # fmt: skip
#: columns that say what the values of a picklist say here: {column: (picklist, flag of its values)}
FLAGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"IsWon": ("StageName", "won"), "IsClosed": ("StageName", "closed")}
)
COUNT = "RowCount"
_ENTITY = re.compile(r"(\w*)CustomEntity\$(\w+)(?:@(\w+)\.(\w+))?")
_LOOKUP = re.compile(r"(\w+)@(\w+)\.(\w+)")


@dataclass(frozen=True, slots=True)
class Table:
    """An object of a report and what its paths begin with: "", "Child$", "Child$Account."."""

    object: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Our report type of a Salesforce report, and where its columns are looked for."""

    snapshot: Snapshot
    type: ReportType
    tables: tuple[Table, ...]
    words: Mapping[str, Table] = field(default_factory=dict)  # {"Job__c.Hours__r": table}
    entity: Table | None = None  # CUST_
    foreign: Table | None = None  # FK_
    lookup: str = ""  # the path of the lookup to what FK_ means, where that is no table of the type

    # -- columns

    def path(self, token: str) -> str:
        """The path of a column; raises Rejected when the report type has no such column here."""
        token = plain(token)
        for found in self._guesses(token):
            if found and not check_typed_path(self.snapshot, self.type, found):
                return found
        raise refuse("column", _("There is no column %(name)s here.", name=repr(token)))

    def flagged(self, token: str) -> tuple[str, list[str]] | None:
        """(path of a picklist, its values of which a column would say yes), or None."""
        for found in self._guesses(plain(token)):
            prefix, name = found[: len(found) - len(_last(found))], _last(found)
            picklist, flag = FLAGS.get(name, ("", ""))
            path = prefix + picklist
            if picklist and not check_typed_path(self.snapshot, self.type, path):
                values = self.snapshot.values(self.field(path))
                return path, [one.name for one in values if one.attributes.get(flag)]
        return None

    def field(self, path: str) -> CustomField:
        """The field that a path ends at."""
        return resolve_typed(self.snapshot, self.type, path)[-1]

    def _guesses(self, token: str) -> Iterator[str]:
        head, mark, rest = token.rpartition("$")
        if mark and head == "FK_":
            yield from self._foreign_field(rest)
        elif mark:
            yield from self._worded(head, rest)
        elif token.startswith("FK_"):
            yield from self._foreign(token.removeprefix("FK_"))
        elif token.startswith("CUST_") and self.entity is not None:
            yield self._own(self.entity, token.removeprefix("CUST_"))
        else:
            yield from self._named(token)
            for table in self._around():
                yield self._own(table, token)

    def _worded(self, head: str, rest: str) -> Iterator[str]:
        word, star, relation = head.partition("*")
        table = self.words.get(word)
        if table is not None and star:
            table = self._beyond(table, relation)
        if table is not None:
            yield self._along(table, rest)

    def _foreign_field(self, rest: str) -> Iterator[str]:
        if self.foreign is not None:
            yield self._along(self.foreign, rest.partition(".")[2])

    def _foreign(self, tail: str) -> Iterator[str]:
        if self.foreign is None:
            return
        if tail == "NAME":
            yield self.lookup or self._own(self.foreign, tail)
        yield self._own(self.foreign, tail)
        head, _mark, rest = tail.partition("_")
        wanted = FOREIGN.get(head)
        if wanted == self.foreign.object:
            yield self._own(self.foreign, rest)
        elif wanted and (table := self._beyond(self.foreign, wanted)) is not None:
            if rest == "NAME":
                yield f"{self.foreign.prefix}{wanted}Id"
            yield self._own(table, rest)

    def _named(self, token: str) -> Iterator[str]:
        """Object.Field, of an object of the type or of one that it looks up."""
        head, dot, rest = token.partition(".")
        if not dot:
            return
        name = OBJECTS.get(head, head)
        for table in self.tables:
            if name == table.object:
                yield self._along(table, rest)
        if head == "Activity":
            yield from (self._along(table, rest) for table in self.tables)
        for table in self.tables:
            if (beyond := self._beyond(table, name)) is not None:
                yield self._along(beyond, rest)

    def _around(self) -> Iterator[Table]:
        """The tables, and those whose fields stand among theirs."""
        yield from self.tables
        for table in self.tables:
            for relation in BESIDE.get(table.object, ()):
                if (found := self._beyond(table, relation)) is not None:
                    yield found

    def _beyond(self, table: Table, relation: str) -> Table | None:
        known = self.snapshot.find_relation(table.object, relation)
        if known is None or len(known.reference_to) != 1:
            return None
        return Table(known.reference_to[0], f"{table.prefix}{relation_name(known)}.")

    def _along(self, table: Table, rest: str) -> str:
        """A path of API names: `Job__c.Contact` is Job__r.ContactId."""
        *steps, last = rest.split(".")
        for step in steps:
            name = relationship_of(step) if step.endswith(CUSTOM) else step
            if (found := self._beyond(table, name)) is None:
                return ""
            table = found
        return self._own(table, last)

    def _own(self, table: Table, tail: str) -> str:
        """A column of one object by its API name or a token; "" where it has none."""
        fields = self.snapshot.fields(table.object)
        if tail in fields:
            return table.prefix + tail
        known = TOKENS.get(table.object, {}).get(tail) or ENTITY.get(tail)
        if known is None and tail in ("NAME", "Name"):
            known = self.snapshot.object(table.object).name_field
        known = known or (tail if tail in FLAGS else None)
        found = known or path_of(tail, table.object, self.snapshot)
        if not known and (same := self.snapshot.find_field(table.object, found)) is not None:
            found = same.local_name  # EMAIL is Email
        return table.prefix + found if known or found != tail else ""


def _last(path: str) -> str:
    return re.split(r"[.$]", path)[-1]


# -- report types --------------------------------------------------------------------------------


def frame_of(name: str, snapshot: Snapshot) -> Frame:
    """The frame of a report's type; raises Rejected for what has none here."""
    name = plain(name)
    if name.endswith(CUSTOM) and not {"$", "@"} & set(name):
        return _of_own(name.removesuffix(CUSTOM), snapshot)
    if name in LISTS:
        return _of_list(LISTS[name], snapshot)
    if (found := _ENTITY.fullmatch(name)) is not None:
        return _of_entity(found[1], found[2], found[4] or "", snapshot)
    if (found := _LOOKUP.fullmatch(name)) is not None and found[1] == found[2]:
        return _of_entity("", found[2], found[3], snapshot)
    raise _unknown(name)


def _unknown(name: str) -> Rejected:
    return refuse("report_type", _("The report type %(name)s is not known here.", name=repr(name)))


def _type(name: str, snapshot: Snapshot) -> ReportType:
    found = find_type(snapshot, name)
    if found is None:
        raise _unknown(name)
    return found


def _of_own(name: str, snapshot: Snapshot) -> Frame:
    return frame_of_type(_type(name, snapshot), snapshot)


def frame_of_type(type_: ReportType, snapshot: Snapshot) -> Frame:
    """The frame of a report type of the org's own."""
    words = dict(zip(words_of(type_.document), _tables(type_), strict=True))
    return Frame(snapshot, type_, tuple(_tables(type_)), words)


def _of_list(name: str, snapshot: Snapshot) -> Frame:
    type_ = _type(name, snapshot)
    return Frame(snapshot, type_, tuple(_tables(type_)))


def _of_entity(parent: str, name: str, lookup: str, snapshot: Snapshot) -> Frame:
    """An object alone, below what it looks up, or below its parent with what it looks up too."""
    if not parent and not lookup:
        type_ = _type(name, snapshot)
        return Frame(snapshot, type_, (Table(name),), {}, Table(name))
    known = snapshot.find_field(name, lookup) if lookup else None
    if lookup and (known is None or len(known.reference_to) != 1):
        raise _unknown(f"{name}.{lookup}")
    if not parent and known is not None:
        type_ = _type(f"{known.reference_to[0]}{MARK}{known.name}", snapshot)
        above, below = _tables(type_)
        return Frame(snapshot, type_, (below, above), {}, below, above)
    link = _link(parent, name, lookup, snapshot)
    type_ = _type(f"{parent}{MARK}{link.name}", snapshot)
    above, below = _tables(type_)
    foreign, path = None, ""
    if known is not None:
        path = below.prefix + known.local_name
        foreign = Table(known.reference_to[0], f"{below.prefix}{relation_name(known)}.")
    return Frame(snapshot, type_, (above, below), {}, below, foreign, path)


def _link(parent: str, name: str, lookup: str, snapshot: Snapshot) -> CustomField:
    """The lookup of the object to its parent: a master-detail first, and none but `lookup` last."""
    found = [one for one in snapshot.children(parent) if one.object_name == name]
    found.sort(key=lambda one: (one.type != "MasterDetail", one.local_name == lookup))
    if not found:
        raise _unknown(f"{parent}{MARK}{name}")
    return found[0]


def _tables(type_: ReportType) -> Iterator[Table]:
    for prefix, name in type_.objects.items():
        yield Table(name, prefix)


def words_of(document: Document) -> Iterator[str]:
    """What a report type of the org calls its objects: "Job__c", "Job__c.Hours__r"."""
    word = str(document["object"])
    yield word
    for join in document.get("joins", ()):
        word = f"{word}.{join['name']}"
        yield word


# -- back ----------------------------------------------------------------------------------------

Find = Callable[[str, str], Document | None]


def written_type(name: str, find: Find) -> str:
    """What Salesforce calls a report type."""
    if find("ReportType", name) is not None:
        return name + CUSTOM
    known = next((theirs for theirs, ours in LISTS.items() if ours == name), None)
    if known is not None:
        return known
    above, mark, rest = name.removesuffix("?").partition(MARK)
    if not mark:
        return f"CustomEntity${above}"
    child, _dot, local = rest.rpartition(".")
    return f"CustomEntity${child}@{child}.{local}"


def written_column(path: str, type_name: str, find: Find) -> str:
    """What a report of that type calls a column."""
    prefix, mark, rest = path.rpartition(MARK)
    own = find("ReportType", type_name)
    if own is not None:
        words = dict(zip(("", *(one["name"] for one in own.get("joins", ()))), words_of(own),
                         strict=True))  # fmt: skip
        return f"{words.get(prefix, prefix)}${_api(rest)}"
    above, _mark, child = type_name.removesuffix("?").partition(MARK)
    name = child.rpartition(".")[0] if mark and prefix == CHILD else above
    tokens = {t: known for t, known in TOKENS.get(name, {}).items() if t != "NAME"}  # anybody's
    return next((t for t, known in tokens.items() if known == rest), f"{name}.{_api(rest)}")


def _api(path: str) -> str:
    """Job__r.ContactId is Job__c.ContactId there."""
    *steps, last = path.split(".")
    return ".".join([*(re.sub("__r$", CUSTOM, step) for step in steps), last])
