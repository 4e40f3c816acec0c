"""Queries whose rows are groups: one statement over the rows that the query door gives.

Groups of text are those of equal text, case included. Without an order they come in that of their
keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ...metadata.definition import Uid
from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ..query.aggregates import Measured, measured
from ..query.compile import MAX_OFFSET, filtered, frame_for
from ..query.computed import is_in_statements
from ..query.page import SortKey
from ..query.plan import FieldPath, Measure, measured_field
from ..query.plan import Test as TestOf
from ..query.reading import bind_operands, reading_for
from ..query.request import Query
from .answer import GROUP, Answer, Row
from .errors import EXCEEDED_ID_LIMIT, MALFORMED_QUERY, SoqlError
from .filters import OPERATORS
from .naming import Found, Names
from .parser import AGGREGATES, DATE_FUNCTIONS
from .periods import period_of
from .showing import labelled, presented
from .syntax import And, Call, Child, Compare, Expression, Item, Not, Or, Path, Select, Test
from .values import operand

MOST_GROUPS = 2000


def is_grouped(select: Select) -> bool:
    """Says whether the rows of a query are groups."""
    return bool(select.group_by) or any(
        isinstance(item, Item) and _has_aggregate(item.expression) for item in select.items
    )


def is_count(select: Select) -> bool:
    """Says whether the query asks for the number of its rows alone."""
    if len(select.items) != 1 or select.group_by or select.having:
        return False
    item = select.items[0]
    return isinstance(item, Item) and item.expression == Call("COUNT")


def _has_aggregate(expression: Expression) -> bool:
    match expression:
        case Call(function, arguments):
            return function in AGGREGATES or any(map(_has_aggregate, arguments))
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Output:
    """A value of each group: its name in the answer, what it is made of and how it is shown."""

    name: str
    made_of: int | str  # number of a key, or name of a measure
    shown: Callable[[Value], Value]
    field: CustomField


@dataclass(slots=True)
class Grouping:
    """What the groups are made of; `measures` by their text, so that each is asked for once."""

    names: Names
    keys: list[tuple[Expression, Found, str, CustomField]] = field(default_factory=list)
    measures: dict[str, tuple[Call, Found | None]] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    # -- what is said

    def read(self, select: Select) -> None:
        for expression in select.group_by:
            self.keys.append(self.key(expression))
        unnamed = 0
        for item in select.items:
            if isinstance(item, Child):
                raise self.names.refused(
                    item.select.at, "Groups have no sub-selects.", MALFORMED_QUERY
                )
            output, is_unnamed = self.output(item, f"expr{unnamed}")
            unnamed += is_unnamed
            self.outputs.append(output)
        twice = [one.name for one in self.outputs]
        if len({name.casefold() for name in twice}) < len(twice):
            raise self.names.refused(select.at, "Two columns have one alias.", MALFORMED_QUERY)

    def key(self, expression: Expression) -> tuple[Expression, Found, str, CustomField]:
        """What rows of one group share: a field, or a period of its days."""
        match expression:
            case Path():
                found = self.known(expression)
                if not found.field.field_type.groupable:
                    sentence = (
                        f"field '{found.field.local_name}' can not be grouped in a query call"
                    )
                    raise self.names.refused(expression.at, sentence)
                return expression, found, "", found.field
            case Call(function, (inner,)) if function in DATE_FUNCTIONS:
                is_local = isinstance(inner, Call) and inner.function == "CONVERTTIMEZONE"
                path = inner.arguments[0] if isinstance(inner, Call) and is_local else inner
                if isinstance(path, Path):
                    return self.period(expression, path, function, is_local=is_local)
        raise self.names.refused(expression.at, "Groups cannot be made of this.", MALFORMED_QUERY)

    def period(
        self, expression: Expression, path: Path, function: str, *, is_local: bool
    ) -> tuple[Expression, Found, str, CustomField]:
        found = self.known(path)
        takes = ("datetime",) if function == "HOUR_IN_DAY" or is_local else ("date", "datetime")
        if found.field.field_type.formula_kind not in takes:
            sentence = f"{function} cannot be taken of field '{found.field.local_name}'"
            raise self.names.refused(path.at, sentence)
        mark = f"{function}:local" if is_local else function
        return expression, found, mark, _DAY if function == "DAY_ONLY" else _NUMBER

    def known(self, path: Path) -> Found:
        """A field that statements know; a few formulas are worked out afterwards."""
        found = self.names.field(path)
        if not is_in_statements(found.field, self.names.scope.snapshot):
            sentence = f"field '{found.field.local_name}' can not be grouped in a query call"
            raise self.names.refused(path.at, sentence)
        return found

    def output(self, item: Item, unnamed: str) -> tuple[Output, bool]:
        expression, is_shown = item.expression, False
        if isinstance(expression, Call) and expression.function in ("FORMAT", "TOLABEL"):
            is_shown, expression = True, _only(self.names, expression)
        if isinstance(expression, Call) and expression.function == "CONVERTCURRENCY":
            expression = _only(self.names, expression)
        snapshot = self.names.scope.snapshot
        if isinstance(expression, Call) and expression.function in AGGREGATES:
            text, of = self.measure(expression)
            shown = labelled(of, snapshot) if is_shown else _itself
            return Output(item.alias or unnamed, text, shown, of), not item.alias
        n, of = self.place(expression)
        shown = labelled(of, snapshot) if is_shown else presented(of, snapshot)
        is_unnamed = isinstance(expression, Call) and not item.alias
        name = item.alias or (unnamed if is_unnamed else of.local_name)
        return Output(name, n, shown, of), is_unnamed

    def place(self, expression: Expression) -> tuple[int, CustomField]:
        """The number of the key that the expression is."""
        wanted = self.key(expression)
        for n, (_one, found, function, of) in enumerate(self.keys):
            if (found, function) == (wanted[1], wanted[2]):
                return n, of
        shown = wanted[1].text
        sentence = f"Field must be grouped or aggregated: {shown}"
        raise self.names.refused(expression.at, sentence, MALFORMED_QUERY)

    def measure(self, call: Call) -> tuple[str, CustomField]:
        """(name of the measure, a field of the type that it answers in)."""
        name, function = call.function, call.function.lower()
        if not call.arguments and name == "COUNT":
            self.measures.setdefault("count", (call, None))
            return "count", measured_field(Measure("count", None, ""))
        path = _only(self.names, call)
        if not isinstance(path, Path):
            raise self.names.refused(call.at, f"{name} takes a field.", MALFORMED_QUERY)
        found = self.known(path)
        if function not in found.field.field_type.aggregates:
            sentence = f"field {found.field.local_name} does not support aggregate operator {name}"
            raise self.names.refused(path.at, sentence, MALFORMED_QUERY)
        text = f"{function} {found.text}"
        self.measures.setdefault(text, (call, found))
        return text, measured_field(Measure(function, field_path(found), ""))


def _only(names: Names, call: Call) -> Expression:
    if len(call.arguments) != 1:
        raise names.refused(call.at, f"{call.function} takes one argument.", MALFORMED_QUERY)
    return call.arguments[0]


def _itself(value: Value) -> Value:
    return value


def field_path(found: Found) -> FieldPath:
    return FieldPath(found.text, found.relations, found.field)


_NUMBER = measured_field(Measure("count", None, ""))
_DAY = CustomField.system(Uid("day"), "Group.day", "", "Date", {})


# -- the statement -------------------------------------------------------------------------------


def groups(names: Names, select: Select, query: Query) -> Answer:
    """All groups of a query; raises SoqlError EXCEEDED_ID_LIMIT when these are too many."""
    grouping = Grouping(names)
    grouping.read(select)
    statement = _Statement(grouping, select, query)
    scope = names.scope
    found = scope.conn.execute(
        statement.made, statement.frame.parameters(scope.actor, scope.snapshot)
    ).all()
    if len(found) > MOST_GROUPS:
        sentence = f"A query gives at most {MOST_GROUPS} groups: ask for fewer with a LIMIT."
        raise SoqlError(EXCEEDED_ID_LIMIT, sentence)
    rows = [Row(GROUP, "", statement.read(row)) for row in found]
    return Answer(len(rows), True, None, rows)


def columns_of(names: Names, select: Select) -> list[Output]:
    grouping = Grouping(names)
    grouping.read(select)
    return grouping.outputs


class _Statement:
    """One statement: the rows that the actor may see, grouped."""

    def __init__(self, grouping: Grouping, select: Select, query: Query) -> None:
        self.grouping, self.names, self.select = grouping, grouping.names, select
        scope = self.names.scope
        having = self._known(select.having)
        order = [self._ordered(key.expression) for key in select.order_by]
        paths = [found.text for _e, found, _f, _o in grouping.keys]
        paths += [found.text for _call, found in grouping.measures.values() if found]
        query = Query(
            query.object, tuple(dict.fromkeys(paths)), query.where, scope=query.scope,
            rows=query.rows,
        )  # fmt: skip
        self.frame = frame_for(scope.actor, query, scope.snapshot)
        self.rows = self._rows(query)
        self.measured = {
            text: self._measured(text, *one) for text, one in grouping.measures.items()
        }
        self.positions: dict[int | str, list[int]] = {}
        columns: list[sa.ColumnElement[Any]] = []
        for n in range(len(grouping.keys)):
            self.positions[n] = [len(columns)]
            columns.append(self.rows.c[f"k{n}"])
        for text, one in self.measured.items():
            self.positions[text] = list(range(len(columns), len(columns) + len(one.selected)))
            columns += one.selected
        made = sa.select(*(c.label(f"c{n}") for n, c in enumerate(columns)))
        made = made.select_from(self.rows)
        if grouping.keys:
            made = made.group_by(*(c for c in self.rows.c if c.name[0] == "k" or c.name[0] == "f"))
        if having is not None:
            made = made.having(self._clause(having))
        made = made.order_by(*self._ordering(order))
        limit = MOST_GROUPS + 1 if select.limit is None else min(select.limit, MOST_GROUPS + 1)
        if (select.offset or 0) > MAX_OFFSET:
            sentence = f"At most {MAX_OFFSET} rows can be skipped."
            raise self.names.refused(select.at, sentence, MALFORMED_QUERY)
        self.made = made.limit(limit).offset(select.offset or 0)

    def _rows(self, query: Query) -> Any:
        """The rows with their keys (k), the folded twins of these (f) and what is measured (m)."""
        scope, columns = self.names.scope, list[sa.ColumnElement[Any]]()
        for n, (_expression, found, function, _of) in enumerate(self.grouping.keys):
            parts = self.frame.columns[found.text]
            value = parts[""]
            if function:
                value = period_of(value, function, reading_for(scope.actor))
            elif "key" in parts:
                columns.append(parts["key"].label(f"f{n}"))
            columns.append(value.label(f"k{n}"))
        for n, (_call, measured_found) in enumerate(self.grouping.measures.values()):
            if measured_found:
                columns.append(self.frame.columns[measured_found.text][""].label(f"m{n}"))
        columns = columns or [sa.literal_column("1").label("one")]
        rows = filtered(self.frame, scope.actor, query, scope.snapshot)
        return rows.with_only_columns(*columns, maintain_column_froms=True).subquery("rows")

    def _measured(self, text: str, call: Call, found: Found | None) -> Measured:
        if found is None:
            return measured(Measure("count", None, text), {})
        n = list(self.grouping.measures).index(text)
        measure = Measure(call.function.lower(), field_path(found), text)
        return measured(measure, {"": self.rows.c[f"m{n}"]})

    # -- having and order

    def _known(self, having: Test | None) -> Test | None:
        """Takes in the measures that only HAVING names."""
        for call in _calls(having):
            self.grouping.measure(call)
        return having

    def _ordered(self, expression: Expression) -> int | str:
        """What sorts: an alias, a measure or a key."""
        if isinstance(expression, Path) and len(expression.names) == 1:
            for output in self.grouping.outputs:
                if output.name.casefold() == expression.names[0].casefold():
                    return output.made_of
        if isinstance(expression, Call) and expression.function in AGGREGATES:
            return self.grouping.measure(expression)[0]
        return self.grouping.place(expression)[0]

    def _ordering(self, order: Sequence[int | str]) -> list[Any]:
        keys = []
        for key, of in zip(self.select.order_by, order, strict=True):
            blanks = not key.descending if key.blanks_first is None else key.blanks_first
            keys.append(SortKey(self._compared(of), key.descending, blanks))
        rest = [n for n in range(len(self.grouping.keys)) if n not in order]
        keys += [SortKey(self._compared(n), blanks_first=True) for n in rest]
        return [key.ordering for key in keys]

    def _compared(self, of: int | str) -> sa.ColumnElement[Any]:
        if isinstance(of, str):
            return self.measured[of].compared
        folded = self.rows.c.get(f"f{of}")
        found: sa.ColumnElement[Any] = self.rows.c[f"k{of}"] if folded is None else folded
        return found

    def _clause(self, test: Test) -> sa.ColumnElement[bool]:
        match test:
            case Not(part):
                return sa.not_(self._clause(part))
            case And(parts):
                return sa.and_(*map(self._clause, parts))
            case Or(parts):
                return sa.or_(*map(self._clause, parts))
            case Compare():
                return self._compare(test)

    def _compare(self, test: Compare) -> sa.ColumnElement[bool]:
        if isinstance(test.right, Select):
            raise self.names.refused(test.right.at, "HAVING takes no sub-select.", MALFORMED_QUERY)
        left = test.left
        columns: Mapping[str, sa.ColumnElement[Any]]
        if isinstance(left, Call) and left.function in AGGREGATES:
            text, of = self.grouping.measure(left)
            columns = {"": self.measured[text].compared, "key": self.measured[text].compared}
        else:
            n, of = self.grouping.place(left)
            columns = {"": self.rows.c[f"k{n}"], "key": self._compared(n)}
        return self._bound(test, of, columns, test.right)

    def _bound(
        self, test: Compare, of: CustomField, columns: Any, right: Sequence[Any]
    ) -> sa.ColumnElement[bool]:
        is_pattern = test.operator == "LIKE"
        raw = tuple(operand(self.names, one, of, is_pattern=is_pattern) for one in right)
        scope, name = self.names.scope, OPERATORS[test.operator]
        bound = bind_operands(
            TestOf(of, of.field_type.operator(name)), raw, reading_for(scope.actor), scope.snapshot
        )
        return bound.sql(columns)

    # -- rows

    def read(self, row: Sequence[Any]) -> dict[str, Value]:
        """The values of a group by their names."""
        values: dict[str, Value] = {}
        for output in self.grouping.outputs:
            at = self.positions[output.made_of]
            if isinstance(output.made_of, str):
                value = self.measured[output.made_of].read([row[n] for n in at])
            else:
                value = output.field.field_type.from_columns({"": row[at[0]]}, output.field)
            values[output.name] = output.shown(value)
        return values


def _calls(test: Test | None) -> list[Call]:
    match test:
        case Compare(Call() as call) if call.function in AGGREGATES:
            return [call]
        case Not(part):
            return _calls(part)
        case And(parts) | Or(parts):
            return [call for part in parts for call in _calls(part)]
        case _:
            return []
