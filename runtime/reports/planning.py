"""From a report to a plan for one actor: paths resolved, rights asked, the query written.

A column, a total or a group that the actor may not read is left out with a notice. A filter, a
bucket or a cross filter on such a field cannot be left out, for the report would then say something
else: it is refused, in words that do not name the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace

from ...metadata.definition import Uid
from ...metadata.field_types.base import Value
from ...metadata.filter_logic import parse as parse_logic
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_checks import FUNCTIONS
from ...metadata.kinds.report_formulas import ReadFormula, read_summary
from ...metadata.kinds.report_model import Bucket, CrossFilter, Grouping, Report
from ...metadata.kinds.report_schema import ROW_COUNT
from ...metadata.kinds.report_type import MARK, ReportType, find_type, resolve_typed
from ...metadata.predicates import ALWAYS, All, Condition, Predicate
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from ..lists.state import text_of
from ..lists.totals import field_of_total
from ..query.computed import is_in_statements
from ..query.plan import Measure, measured_field
from ..query.request import Crossing, Join, Order, Query, Scope
from .result import Level, Total

SCOPES = {"organization": Scope.EVERYTHING, "mine": Scope.MINE, "team": Scope.TEAM}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows: `paths` are what a query selects to show it."""

    path: str  # or the name of a bucket
    paths: tuple[str, ...]  # the value, then the name behind a lookup, then the ids of the record
    field: CustomField
    label: str
    sort: str  # the path that sorts by it, "" where nothing does
    link: str = ""  # the path of the id that the shown text leads to
    bucket: Bucket | None = None
    title: str = ""  # the path of the name behind a lookup
    source: CustomField | None = None  # of a bucket: the field it is made of


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """One level of groups: what it is read from, and what names a lookup's values."""

    level: Level
    grouping: Grouping
    path: str  # of the field
    title: str = ""  # path of the name behind a lookup to one object
    bucket: Bucket | None = None
    tests: tuple[Predicate, ...] = ()  # one for each value of the bucket


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """What a report means to one actor: see the modules that follow."""

    report: Report
    type: ReportType
    query: Query  # without fields
    columns: tuple[Column, ...]
    down: tuple[KeyPlan, ...]
    across: tuple[KeyPlan, ...]
    totals: tuple[Total, ...]  # the number of rows first
    notices: tuple[str, ...]
    formulas: tuple[ReadFormula, ...] = ()

    @property
    def keys(self) -> tuple[KeyPlan, ...]:
        return (*self.down, *self.across)


def plan_report(report: Report, actor: Actor, snapshot: Snapshot) -> ReportPlan:
    """The plan; raises Denied where the actor may not read the objects, Rejected for the rest."""
    type_ = find_type(snapshot, report.report_type)
    if type_ is None:
        message = _("There is no report type %(name)s.", name=repr(report.report_type))
        raise Rejected(Problem("report.type", ("reportType",), message))
    require_type(type_, actor, snapshot)
    reader = _Reader(report, type_, actor, snapshot)
    columns = tuple(reader.columns())
    down = tuple(reader.keys(report.down))
    across = tuple(reader.keys(report.across))
    totals = tuple(reader.totals())
    formulas = tuple(reader.formulas({total.name for total in totals}))
    query = Query(
        type_.object,
        where=reader.where(),
        order=tuple(reader.order(columns)),
        scope=SCOPES[report.scope],
        joins=joins_of(type_),
        crossing=tuple(map(reader.crossing, report.cross_filters)),
        role=report.role,
    )
    if across and not down:
        down, across = across[:3], ()
    return ReportPlan(
        report,
        type_,
        query,
        columns,
        down,
        across,
        totals,
        tuple(dict.fromkeys(reader.notices)),
        formulas,
    )


def may_use(type_: ReportType, actor: Actor, snapshot: Snapshot) -> bool:
    """Says whether the actor may read every object of the type."""
    found = (snapshot.find_object(name) for name in type_.objects.values())
    read = permissions.Operation.READ
    return all(obj is not None and permissions.may(actor, read, obj, snapshot) for obj in found)


def require_type(type_: ReportType, actor: Actor, snapshot: Snapshot) -> None:
    """Raises Denied unless the actor may read every object of the type."""
    if not may_use(type_, actor, snapshot):
        raise Denied(f"read the objects of report type {type_.name}")


def joins_of(type_: ReportType) -> tuple[Join, ...]:
    """The type's joins, each below the one before."""
    names = ("", *(join.name for join in type_.joins))
    return tuple(
        Join(join.name, join.object, join.field.rpartition(".")[2], join.outer, above)
        for join, above in zip(type_.joins, names, strict=False)
    )


def label_of(snapshot: Snapshot, type_: ReportType, path: str) -> str:
    """What a column is called: "Account: Industry" behind a lookup."""
    object_name, _rest = type_.object_of(path)
    *relations, field = resolve_typed(snapshot, type_, path)
    label = snapshot.label(field)
    if relations:
        parent = snapshot.label(relations[-1])
        is_name = field.local_name == snapshot.object(field.object_name).name_field
        return parent if is_name else _label_pair(parent, label)
    if object_name != type_.object:
        return _label_pair(snapshot.label(snapshot.object(object_name)), label)
    return label


def _label_pair(parent: str, label: str) -> str:
    return _("%(parent)s: %(label)s", parent=parent, label=label)


def total_label(function: str, column: str) -> str:
    """The label of a total: "Sum of Amount"."""
    words = {
        "sum": _("Sum of %(column)s", column=column),
        "avg": _("Average %(column)s", column=column),
        "min": _("Lowest %(column)s", column=column),
        "max": _("Highest %(column)s", column=column),
        "count_distinct": _("Different %(column)s", column=column),
    }
    return words[function]


def shown_field(function: str, field: CustomField) -> CustomField:
    """The field that shows a total: an average of percents is a percent, with one decimal more."""
    if function != "avg" or field.type == "Currency":
        return field_of_total(function, field)
    scale = min(int(field.options.get("scale", 0)) + 1, 6)
    kind = field.type if field.type in ("Number", "Percent") else "Number"
    options = {"precision": 18, "scale": scale}
    return CustomField.system(Uid(f"avg:{field.uid}"), "Group.avg", "", kind, options)


def count_total() -> Total:
    """The number of rows, which every group has."""
    label = _("Records")
    return Total(ROW_COUNT, label, "count", "", measured_field(Measure("count", None, "")), label)


class _Reader:
    """Reads the parts of a report for one actor; what they may not see goes into the notices."""

    def __init__(self, report: Report, type_: ReportType, actor: Actor, snapshot: Snapshot) -> None:
        self.report, self.type, self.actor, self.snapshot = report, type_, actor, snapshot
        self.notices: list[str] = []

    # -- what is shown

    def columns(self) -> Iterator[Column]:
        for column in self.report.columns:
            bucket = self.report.bucket(column.field)
            if bucket is not None:
                self._required(bucket.field)
                field = bucket_field(bucket)
                source = resolve_typed(self.snapshot, self.type, bucket.field)[-1]
                yield Column(
                    bucket.name, (bucket.field,), field, bucket.label, "", "", bucket, "", source
                )
            elif (chain := self._found(column.field)) is not None:
                yield self._column(column.field, chain[-1])

    def _column(self, path: str, field: CustomField) -> Column:
        title = self.title(path, field)
        link = ""
        if field.reference_to:
            link = path
        elif field.local_name == self.snapshot.object(field.object_name).name_field:
            link = _id_beside(self.snapshot, self.type, path)
        sort = title or path
        last = resolve_typed(self.snapshot, self.type, sort)[-1]
        can_sort = last.field_type.sortable and bool(last.field_type.columns(last))
        can_sort = can_sort and is_in_statements(last, self.snapshot)
        paths = tuple(dict.fromkeys(p for p in (path, title, link) if p))
        label = label_of(self.snapshot, self.type, path)
        return Column(path, paths, field, label, sort if can_sort else "", link, None, title)

    def title(self, path: str, field: CustomField) -> str:
        """The path of the name behind a lookup to one object, if the actor may read it."""
        if len(field.reference_to) != 1:
            return ""
        name = self.snapshot.name_field(field.reference_to[0])
        if name is None or not name.field_type.columns(name):
            return ""
        prefix, mark, rest = _split(path)
        inner = f"{rest.rpartition('.')[0]}.{relation_name(field)}.{name.local_name}".lstrip(".")
        title = f"{prefix}{mark}{inner}"
        return title if self._readable(title) else ""

    def keys(self, groupings: Iterable[Grouping]) -> Iterator[KeyPlan]:
        for grouping in groupings:
            bucket = self.report.bucket(grouping.field)
            if bucket is not None:
                self._required(bucket.field)
                field = bucket_field(bucket)
                level = Level(bucket.name, bucket.label, "Day", field)
                source = resolve_typed(self.snapshot, self.type, bucket.field)[-1]
                tests = tuple(bucket_tests(bucket, source))
                yield KeyPlan(level, grouping, bucket.field, "", bucket, tests)
            elif (chain := self._known(grouping.field)) is not None:
                field = chain[-1]
                label = label_of(self.snapshot, self.type, grouping.field)
                level = Level(grouping.field, label, grouping.granularity, field)
                yield KeyPlan(level, grouping, grouping.field, self.title(grouping.field, field))

    def totals(self) -> Iterator[Total]:
        yield count_total()
        for column in self.report.columns:
            if self.report.bucket(column.field) is not None or not column.aggregates:
                continue
            if (chain := self._known(column.field)) is None:
                continue
            label = label_of(self.snapshot, self.type, column.field)
            for name in column.aggregates:
                function = FUNCTIONS[name]
                shown = (
                    measured_field(Measure("count", None, ""))
                    if function == "count_distinct"
                    else shown_field(function, chain[-1])
                )
                full = f"{column.field}:{name}"
                words = total_label(function, label)
                yield Total(full, words, function, column.field, shown, label)

    def formulas(self, known: Set[str]) -> Iterator[ReadFormula]:
        """The summary formulas; one of totals that the actor may not see is left out."""
        for row in self.report.formulas:
            try:
                read = read_summary(self.report, row, self.type, self.snapshot)
            except Rejected as refusal:
                raise Rejected(*(replace(p, path=()) for p in refusal.problems)) from refusal
            if read.totals <= known:
                yield read
            else:
                self.notices.append(_left_out())

    def order(self, columns: tuple[Column, ...]) -> Iterator[Order]:
        for row in self.report.sort:
            known = next((one for one in columns if one.path == row.field), None)
            if known is not None and known.sort:
                yield Order(known.sort, row.descending)
            elif known is None and (chain := self._found(row.field)) is not None:
                yield Order(self.title(row.field, chain[-1]) or row.field, row.descending)

    # -- what is asked

    def where(self) -> Predicate:
        given = tuple(self.condition(row, self.type) for row in self.report.filters)
        parts = [parse_logic(self.report.boolean_filter, given)] if given else []
        frame = self.report.time_frame
        if frame is not None and frame.condition != ALWAYS:
            self._required(frame.field)
            parts.append(frame.condition)
        return All(tuple(parts)) if len(parts) != 1 else parts[0]

    def condition(self, row: Filter, type_: ReportType) -> Condition:
        """A filter row with its value taken apart: "Hot, Warm" are two operands."""
        self._required(row.field, type_)
        field = resolve_typed(self.snapshot, type_, row.field)[-1]
        return condition_of(row, field)

    def crossing(self, cross: CrossFilter) -> Crossing:
        inner = find_type(self.snapshot, cross.object)
        if inner is None or not may_use(inner, self.actor, self.snapshot):
            raise _hidden_filter()
        local = cross.relation.rpartition(".")[2]
        self._required(local, inner)
        parts = tuple(self.condition(row, inner) for row in cross.filters)
        return Crossing(cross.object, local, All(parts), cross.is_without)

    # -- rights

    def _found(self, path: str) -> tuple[CustomField, ...] | None:
        """The fields along a path; None, and a notice, when the actor may not read one."""
        if self._readable(path):
            return resolve_typed(self.snapshot, self.type, path)
        self.notices.append(_left_out())
        return None

    def _known(self, path: str) -> tuple[CustomField, ...] | None:
        """As `_found`, of what statements can group and add up; a few formulas they cannot."""
        chain = self._found(path)
        if chain is None or is_in_statements(chain[-1], self.snapshot):
            return chain
        label = label_of(self.snapshot, self.type, path)
        self.notices.append(
            _(
                "%(field)s is worked out for each row: it cannot be grouped or added up.",
                field=label,
            )
        )
        return None

    def _required(self, path: str, type_: ReportType | None = None) -> None:
        if not self._readable(path, type_):
            raise _hidden_filter()

    def _readable(self, path: str, type_: ReportType | None = None) -> bool:
        try:
            chain = resolve_typed(self.snapshot, type_ or self.type, path)
        except Rejected:
            return False
        read = permissions.Operation.READ
        homes = [self.snapshot.object(step.reference_to[0]) for step in chain[:-1]]
        return all(permissions.readable(self.actor, one, self.snapshot) for one in chain) and all(
            permissions.may(self.actor, read, home, self.snapshot) for home in homes
        )


def _left_out() -> str:
    return _("This report uses fields that you cannot see; they are left out.")


def _hidden_filter() -> Rejected:
    message = _("This report asks for fields that you cannot see.")
    hint = _("Take those filters out, or ask whoever made the report.")
    return Rejected(Problem("report.hidden", (), message, hint))


def _split(path: str) -> tuple[str, str, str]:
    prefix, mark, rest = path.partition(MARK)
    return (prefix, mark, rest) if mark else ("", "", path)


def _id_beside(snapshot: Snapshot, type_: ReportType, path: str) -> str:
    """The path of the id of the record whose field the path ends at."""
    prefix, mark, rest = _split(path)
    above, dot, _name = rest.rpartition(".")
    return f"{prefix}{mark}{above}{dot}Id"


def condition_of(row: Filter, field: CustomField) -> Condition:
    """A filter row as a condition on the field that its path ends at."""
    arity, value = field.field_type.operator(row.operator).arity, row.value
    if arity == 0:
        return Condition(row.field, row.operator)
    if isinstance(value, tuple):
        return Condition(row.field, row.operator, value)
    text = "" if value is None else text_of(value)
    operands = field.field_type.operands_of(text) if arity < 0 else (text,)
    return Condition(row.field, row.operator, operands)


# -- buckets -------------------------------------------------------------------------------------


def bucket_field(bucket: Bucket) -> CustomField:
    """A field that shows the buckets of a column: text."""
    return CustomField.system(Uid(f"bucket:{bucket.name}"), f"Bucket.{bucket.name}", bucket.label,
                              "Text", {})  # fmt: skip


def bucket_tests(bucket: Bucket, field: CustomField) -> Iterator[Predicate]:
    """What puts a value into each of the buckets."""
    for one in bucket.values:
        parts: list[Predicate] = []
        if one.values:
            parts.append(Condition(bucket.field, "equals", one.values))
        if one.least:
            parts.append(Condition(bucket.field, "greaterOrEqual", (one.least,)))
        if one.below:
            parts.append(Condition(bucket.field, "lessThan", (one.below,)))
        yield All(tuple(parts))


def bucket_label(bucket: Bucket, index: Value) -> str:
    """The label of a bucket by its place; "" for what is in none."""
    if index is None or not 0 <= int(index) < len(bucket.values):
        return bucket.other
    return bucket.values[int(index)].label
