"""Summary formulas of a report: the expression language over the totals of its groups.

Names are totals: "RowCount", "Amount:Sum". PARENTGROUPVAL(total, level) is the total of the group
above on that level (or of GRAND_SUMMARY, ROW_GRAND_SUMMARY, COLUMN_GRAND_SUMMARY), PREVGROUPVAL(
total, level, n) that of the n-th group before it on that level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..definition import Path, Reference, WhenGone
from ..formulas import Expression, Subject, Type, check_tree, names_in, parse
from ..formulas.limits import refused
from ..formulas.tree import Call, Literal, Name, Node
from ..formulas.typed import KINDS, ambients_of
from .report_model import Report, SummaryFormula
from .report_schema import ROW_COUNT
from .report_type import ReportType, of_typed_path, resolve_typed

if TYPE_CHECKING:
    from ..snapshot import Snapshot

PARENT, PREVIOUS = "PARENTGROUPVAL", "PREVGROUPVAL"
GRAND, ROW_GRAND, COLUMN_GRAND = GRANDS = (
    "GRAND_SUMMARY", "ROW_GRAND_SUMMARY", "COLUMN_GRAND_SUMMARY",
)  # fmt: skip
MOST_STEPS = 12
MARKER = "#"  # begins the names that looks at other groups have in the expression


@dataclass(frozen=True, slots=True)
class Look:
    """A total of another group than the one that is worked out."""

    function: str
    total: str
    levels: tuple[str, ...]
    steps: int = 1


@dataclass(frozen=True, slots=True)
class ReadFormula:
    """A summary formula with its names known."""

    row: SummaryFormula
    expression: Expression
    looks: Mapping[str, Look]  # {name in the expression: what it looks at}

    @property
    def totals(self) -> frozenset[str]:
        """The totals that it is worked out of."""
        own = {name for name in ambients_of(self.expression) if not name.startswith(MARKER)}
        return frozenset(own | {look.total for look in self.looks.values()})

    @property
    def is_ordered(self) -> bool:
        """Says whether it asks for groups before, which are known only in their order."""
        return any(look.function == PREVIOUS for look in self.looks.values())


def read_summary(
    report: Report, row: SummaryFormula, type_: ReportType, snapshot: Snapshot
) -> ReadFormula:
    """The formula with its names known; raises Rejected at the places of its characters."""
    known = dict(_totals(report, type_, snapshot))
    reader = _Reader(report, known)
    node = reader.rewritten(parse(row.formula))
    names = {**known, **{name: known[look.total] for name, look in reader.looks.items()}}
    subject = Subject(snapshot, type_.object, known=names)
    found = check_tree(node, len(row.formula), subject, Type.NUMBER)
    if strange := ambients_of(found) - set(names):
        message = _("%(name)s cannot be asked in a summary formula.", name=min(strange))
        raise refused("formula.not_here", 0, len(row.formula), message)
    return ReadFormula(row, found, reader.looks)


def _totals(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[tuple[str, Type]]:
    yield ROW_COUNT, Type.NUMBER
    for column in report.columns:
        for name in column.aggregates if report.bucket(column.field) is None else ():
            kind = Type.NUMBER
            if name in ("Minimum", "Maximum"):
                field = resolve_typed(snapshot, type_, column.field)[-1]
                kind = KINDS.get(field.field_type.formula_kind, Type.TEXT)
            yield f"{column.field}:{name}", kind


class _Reader:
    """Puts names of their own in place of looks at other groups."""

    def __init__(self, report: Report, known: Mapping[str, Type]) -> None:
        self.known = known
        self.down = [one.field for one in report.down]
        self.across = [one.field for one in report.across]
        self.looks: dict[str, Look] = {}

    def rewritten(self, node: Node) -> Node:
        if not isinstance(node, Call):
            return node
        if node.name not in (PARENT, PREVIOUS):
            return replace(node, args=tuple(map(self.rewritten, node.args)))
        look = self.look(node)
        name = f"{MARKER}{len(self.looks)}"
        self.looks[name] = look
        return Name(name, node.start, node.end)

    def look(self, node: Call) -> Look:
        if len(node.args) not in (2, 3):
            message = _("%(name)s takes a total and a level of groups.", name=node.name)
            raise refused("formula.arguments", node.start, node.end, message)
        total, *rest = node.args
        if not isinstance(total, Name) or total.text not in self.known:
            message = _("%(name)s begins with a total of this report.", name=node.name)
            raise refused("formula.arguments", node.start, node.end, message)
        steps = 1
        if node.name == PREVIOUS and len(rest) == 2:
            steps, rest = _steps(node, rest[1]), rest[:1]
        levels = tuple(self.level(node, one) for one in rest)
        return Look(node.name, total.text, levels, steps)

    def level(self, node: Call, arg: Node) -> str:
        offered = [*self.down, *self.across, *(GRANDS if node.name == PARENT else ())]
        if isinstance(arg, Name) and arg.text in offered:
            return arg.text
        message = _("%(name)s needs a field that the report is grouped by.", name=node.name)
        hint = _("One of these: %(names)s.", names=", ".join(offered))
        raise refused("formula.arguments", node.start, node.end, message, hint)


def _steps(node: Call, arg: Node) -> int:
    value = arg.value if isinstance(arg, Literal) else None
    if isinstance(value, Decimal) and value == int(value) and 1 <= value <= MOST_STEPS:
        return int(value)
    message = _("The number of groups to go back is 1 to %(n)s.", n=MOST_STEPS)
    raise refused("formula.arguments", node.start, node.end, message)


# -- checks and references -----------------------------------------------------------------------


def check_summaries(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    """Every problem of the formulas, each at its place in the document."""
    for i, row in enumerate(report.formulas):
        try:
            read_summary(report, row, type_, snapshot)
        except Rejected as refusal:
            for one in refusal.problems:
                yield replace(one, path=("aggregates", i, "formula", *one.path))


def of_summaries(report: Report, type_: ReportType, snapshot: Snapshot) -> Iterator[Reference]:
    """The fields that the formulas name; a formula goes with any of them."""
    named = {one.name for one in report.buckets} | {ROW_COUNT, *GRANDS}
    for i, row in enumerate(report.formulas):
        out: Path = ("aggregates", i)
        for name in names_in(row.formula):
            text, at = name.text.partition(":")[0], name.start
            for found in of_typed_path(snapshot, type_, text, out) if text not in named else ():
                first, end = found.span or (0, len(text))
                yield Reference(
                    (*out, "formula"), found.kind, found.name, found.segment,
                    (at + first, at + end), when_gone=WhenGone.TAKE_OUT, out=out,
                )  # fmt: skip
