"""Objects that are no tables: the org itself, profiles, roles, groups and record types, to read.

They are few, so conditions and order are worked out here. Who sees which is as on the pages: an
org, its roles and groups are everybody's to know, record types those of objects one may read,
profiles one's own unless one may see the setup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...metadata.definition import Uid
from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.profile import Profile
from ...metadata.kinds.queue import Queue
from ...metadata.kinds.role import Role
from ...platform.company import read_company
from ...platform.ids import org_id
from ..access import permissions
from ..query.compile import MAX_OFFSET
from .answer import Answer, Column, Row
from .errors import (
    INVALID_FIELD,
    INVALID_QUERY_FILTER_OPERATOR,
    MALFORMED_QUERY,
    SoqlError,
    error_at,
)
from .filters import OPERATORS
from .ids import definition_id
from .scope import Scope
from .syntax import And, Call, Compare, Expression, Item, Not, Or, Path, Select, Test
from .tokens import cooked, pattern_of

Values = Mapping[str, Value]
Holds = Callable[[Values], bool]


@dataclass(frozen=True, slots=True)
class Virtual:
    """An object: its name, the prefix of its ids, its fields by name and where its rows are."""

    name: str
    prefix: str
    fields: Mapping[str, CustomField]
    rows: Callable[[Scope], Iterator[Values]]


# -- the objects ---------------------------------------------------------------------------------


def _organization(scope: Scope) -> Iterator[Values]:
    company = read_company(scope.conn)
    yield {
        "Id": org_id(scope.snapshot.org),
        "Name": company.name or "Trellis",
        "InstanceName": "TRELLIS",
        "IsSandbox": False,
        "OrganizationType": "Trellis",
        "NamespacePrefix": None,
        "TrialExpirationDate": None,
        "LanguageLocaleKey": company.language,
        "DefaultLocaleSidKey": company.locale,
        "TimeZoneSidKey": company.time_zone,
    }


def _profiles(scope: Scope) -> Iterator[Values]:
    snapshot, actor = scope.snapshot, scope.actor
    sees_setup = permissions.holds(actor, "ViewSetup", snapshot)
    for one in snapshot.of_kind("Profile"):
        if sees_setup or one.uid == actor.profile:
            yield _profile(scope, one)


def _profile(scope: Scope, one: Profile) -> Values:
    return {
        "Id": definition_id(one),
        "Name": scope.snapshot.label(one),
        "UserType": "Standard",
        "Description": one.description or None,
    }


def _roles(scope: Scope) -> Iterator[Values]:
    found = {role.name: role for role in scope.snapshot.of_kind("Role")}
    for role in found.values():
        yield _role(scope, role, found.get(role.parent))


def _role(scope: Scope, role: Role, above: Role | None) -> Values:
    return {
        "Id": definition_id(role),
        "Name": scope.snapshot.label(role),
        "DeveloperName": role.name,
        "ParentRoleId": definition_id(above) if above else None,
    }


def _groups(scope: Scope) -> Iterator[Values]:
    snapshot = scope.snapshot
    for one in (*snapshot.of_kind("Group"), *snapshot.of_kind("Queue")):
        is_queue = isinstance(one, Queue)
        yield {
            "Id": definition_id(one),
            "Name": snapshot.label(one),
            "DeveloperName": one.name,
            "Type": "Queue" if is_queue else "Regular",
            "DoesIncludeBosses": True if isinstance(one, Queue) else one.includes_bosses,
        }


def _record_types(scope: Scope) -> Iterator[Values]:
    snapshot, read = scope.snapshot, permissions.Operation.READ
    for obj in snapshot.objects():
        if permissions.may(scope.actor, read, obj, snapshot):
            for one in snapshot.record_types(obj.name):
                yield {
                    "Id": definition_id(one),
                    "Name": snapshot.label(one),
                    "DeveloperName": one.local_name,
                    "SobjectType": one.object,
                    "IsActive": one.active,
                    "Description": one.description or None,
                    "NamespacePrefix": None,
                }


def _fields(name: str, **types: str) -> dict[str, CustomField]:
    return {
        local: CustomField.system(Uid(f"{name}.{local}"), f"{name}.{local}", local, type_name, {})
        for local, type_name in types.items()
    }


_NAMED = {"Id": "Text", "Name": "Text"}
VIRTUAL: Mapping[str, Virtual] = {
    one.name.casefold(): one
    for one in (
        Virtual(
            "Organization", "00D",
            _fields(
                "Organization", **_NAMED, InstanceName="Text", IsSandbox="Checkbox",
                OrganizationType="Text", NamespacePrefix="Text", TrialExpirationDate="DateTime",
                LanguageLocaleKey="Text", DefaultLocaleSidKey="Text", TimeZoneSidKey="Text",
            ),
            _organization,
        ),
        Virtual(
            "Profile", "00e",
            _fields("Profile", **_NAMED, UserType="Text", Description="Text"), _profiles,
        ),
        Virtual(
            "UserRole", "00E",
            _fields("UserRole", **_NAMED, DeveloperName="Text", ParentRoleId="Text"), _roles,
        ),
        Virtual(
            "Group", "00G",
            _fields(
                "Group", **_NAMED, DeveloperName="Text", Type="Text",
                DoesIncludeBosses="Checkbox",
            ),
            _groups,
        ),
        Virtual(
            "RecordType", "012",
            _fields(
                "RecordType", **_NAMED, DeveloperName="Text", SobjectType="Text",
                IsActive="Checkbox", Description="Text", NamespacePrefix="Text",
            ),
            _record_types,
        ),
    )
}  # fmt: skip


def find_virtual(scope: Scope, name: str) -> Virtual | None:
    """The virtual object of that name, unless the org has an object of its own called so."""
    is_own = scope.snapshot.find_object(name) is not None
    return None if is_own else VIRTUAL.get(name.casefold())


# -- queries -------------------------------------------------------------------------------------


def run_virtual(scope: Scope, text: str, select: Select, one: Virtual) -> Answer:
    """All rows of a query; raises SoqlError for what is not understood."""
    reader = _Reader(text, select, one)
    is_count, names = reader.is_count(), reader.names()
    holds, rank = reader.test(select.where), reader.order()
    rows = [row for row in one.rows(scope) if holds(row)]
    for name, descending, blanks_first in reversed(rank):
        blank = [row for row in rows if row[name] is None]
        filled = [row for row in rows if row[name] is not None]
        filled.sort(key=lambda row: _folded(row[name]), reverse=descending)
        rows = blank + filled if blanks_first else filled + blank
    first = select.offset or 0
    rows = rows[first:] if select.limit is None else rows[first : first + select.limit]
    if is_count:
        return Answer(len(rows), True, None, [])
    found = [Row(one.name, row["Id"], {name: row[name] for name in names}) for row in rows]
    return Answer(len(found), True, None, found)


def virtual_columns(text: str, select: Select, one: Virtual) -> list[Column]:
    """What is known of the columns before the query runs."""
    reader = _Reader(text, select, one)
    if reader.is_count():
        return []
    return [Column(name, name, one.fields[name].value_type) for name in reader.names()]


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


class _Reader:
    """Reads a query of one virtual object."""

    def __init__(self, text: str, select: Select, one: Virtual) -> None:
        self.text, self.select, self.object = text, select, one
        self.own = {select.alias.casefold(), one.name.casefold()} - {""}
        if select.group_by or select.having is not None or select.scope:
            raise self.refused(select.at, f"{one.name} is queried without groups and scopes.")
        if (select.offset or 0) > MAX_OFFSET:
            raise self.refused(select.at, f"At most {MAX_OFFSET} rows can be skipped.")

    def refused(self, at: int, sentence: str, code: str = MALFORMED_QUERY) -> SoqlError:
        return error_at(self.text, at, sentence, code)

    def is_count(self) -> bool:
        items = self.select.items
        return len(items) == 1 and isinstance(items[0], Item) and (
            items[0].expression == Call("COUNT")
        )  # fmt: skip

    def names(self) -> list[str]:
        """The fields that are selected, each once."""
        if self.is_count():
            return []
        found: dict[str, None] = {}
        for item in self.select.items:
            if not isinstance(item, Item):
                raise self.refused(item.select.at, f"{self.object.name} has no children.")
            if item.alias:
                raise self.refused(item.expression.at, "Only groups have aliases of fields.")
            match item.expression:
                case Call("FIELDS", (Path((kind,)),)) if kind.upper() in ("ALL", "STANDARD"):
                    found |= dict.fromkeys(self.object.fields)
                case expression:
                    found[self.field(expression)] = None
        return list(found)

    def field(self, expression: Expression) -> str:
        """The name of the field that an expression is, as it is spelled here."""
        match expression:
            case Call("TOLABEL" | "FORMAT", (Path() as path,)) | (Path() as path):
                pass
            case _:
                raise self.refused(expression.at, "This is not supported here.")
        first, *rest = path.names
        names = tuple(rest) if rest and first.casefold() in self.own else path.names
        if len(names) > 1:
            sentence = f"Didn't understand relationship '{names[0]}' in field path."
            raise self.refused(path.at, sentence, INVALID_FIELD)
        for known in self.object.fields:
            if known.casefold() == names[0].casefold():
                return known
        sentence = f"No such column '{names[0]}' on entity '{self.object.name}'."
        raise self.refused(path.at, sentence, INVALID_FIELD)

    def order(self) -> list[tuple[str, bool, bool]]:
        """(field, whether it falls, whether blanks come first) of each key."""
        return [
            (
                self.field(key.expression),
                key.descending,
                not key.descending if key.blanks_first is None else key.blanks_first,
            )
            for key in self.select.order_by
        ]

    # -- conditions

    def test(self, test: Test | None) -> Holds:
        match test:
            case None:
                return lambda _row: True
            case Compare():
                return self.compare(test)
            case Not(part):
                denied = self.test(part)
                return lambda row: not denied(row)
            case And(parts):
                every = [self.test(part) for part in parts]
                return lambda row: all(holds(row) for holds in every)
            case Or(parts):
                some = [self.test(part) for part in parts]
                return lambda row: any(holds(row) for holds in some)

    def compare(self, test: Compare) -> Holds:
        name = self.field(test.left)
        field = self.object.fields[name]
        if isinstance(test.right, Select):
            raise self.refused(test.right.at, "Sub-selects are not supported here.")
        operator = OPERATORS.get(test.operator, "")
        if all(known.name != operator for known in field.field_type.operators):
            sentence = f"field '{name}' has no filter operator {test.operator}"
            raise self.refused(test.left.at, sentence, INVALID_QUERY_FILTER_OPERATOR)
        raw = tuple(self.operand(test, n, field) for n in range(len(test.right)))
        if name.endswith("Id"):
            bound = field.field_type.bind(operator, tuple(map(_short, raw)), field)
            return lambda row: bool(bound.matches(_short(row[name])))
        bound = field.field_type.bind(operator, raw, field)
        return lambda row: bool(bound.matches(row[name]))

    def operand(self, test: Compare, n: int, field: CustomField) -> Value:
        assert isinstance(test.right, tuple)  # noqa: S101 - a sub-select was refused
        literal = test.right[n]
        if literal.kind == "null":
            return None
        wanted = "boolean" if field.type == "Checkbox" else "string"
        if field.type == "DateTime" or literal.kind != wanted:
            sentence = f"field '{field.local_name}' must be compared with a {wanted} or null"
            raise self.refused(literal.at, sentence, INVALID_FIELD)
        if wanted == "boolean":
            return literal.text == "true"
        return pattern_of(literal.text) if test.operator == "LIKE" else cooked(literal.text)


def _short(value: Value) -> Value:
    return value[:15] if isinstance(value, str) else value
