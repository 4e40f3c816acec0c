"""From a tree to a typed expression: names are found, types fit, the cost is bounded.

Refuses, each at its place: names that nothing has, wrong arguments, what a formula of this purpose
cannot ask. All problems of a formula are told at once, as far as one does not follow from another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected, did_you_mean, require
from ...platform.i18n import _
from ..field_types.base import FieldType
from ..names import relationship_of
from .blanks import with_typed_blanks
from .functions import FUNCTIONS
from .functions.base import FormulaError, Function
from .inlining import extents, moved
from .limits import MAX_COMPILED, MAX_DEPTH, MAX_RELATIONS, refused, too_costly, too_deep
from .parsing import names_in, parse
from .tree import Call, Literal, Name, Node, extent
from .typed import KINDS, Ambient, Apply, Constant, Expression, FieldValue, Type, fields_of

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

MAX_WALK = 5  # relationships in one path
_HIDDEN = frozenset({"EncryptedText"})
_LONG = frozenset({"LongTextArea", "Html"})
_NAMED = {"$Profile.Name", "$UserRole.Name"}
GLOBALS = ("$User", "$Profile", "$UserRole", "$Permission")


class Purpose(Enum):
    """What a formula is for: a rule looks at a save, a field at a record, a default at neither."""

    RULE = "rule"
    FIELD = "field"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the names of a formula mean, and whether blank numbers count as zero."""

    snapshot: Snapshot
    object_name: str
    purpose: Purpose = Purpose.RULE
    blank_is_zero: bool = False
    trail: tuple[str, ...] = ()  # the formula fields that are being read, from the first one
    known: Mapping[str, Type] | None = None  # all names that there are, if they are no fields


def check(formula: str, subject: Subject, wanted: Type | None = None) -> Expression:
    """The formula's typed expression, of the wanted type; raises Rejected with (from, to) paths."""
    return check_tree(parse(formula), len(formula), subject, wanted)


def check_tree(node: Node, end: int, subject: Subject, wanted: Type | None = None) -> Expression:
    """The typed expression of a tree whose formula ends there; raises Rejected as `check` does."""
    checker = _Checker(subject)
    found = checker.checked(node, 0)
    require(checker.problems)
    assert found is not None  # noqa: S101 - else there is a problem
    if wanted is not None and found.type not in (wanted, Type.BLANK):
        message = _(
            "The formula gives a %(given)s, but a %(wanted)s is needed.",
            given=found.type.label,
            wanted=wanted.label,
        )
        raise refused("formula.type", *extent(node), message, _hint_for(found.type, {wanted}))
    _check_relations(found, end)
    return found


def _check_relations(expression: Expression, end: int) -> None:
    walked = {path.rpartition(".")[0] for path in fields_of(expression) if "." in path}
    if len(walked) > MAX_RELATIONS:
        message = _("A formula walks at most %(n)s relationships.", n=MAX_RELATIONS)
        raise refused("formula.too_many_relations", 0, end, message)


class _Checker:
    """Checks one formula; a part that is refused is None, so that its neighbours are still read."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.problems: list[Problem] = []
        self.used = 0  # parts of the formulas that this one uses

    def checked(self, node: Node, depth: int) -> Expression | None:
        if depth > MAX_DEPTH:
            raise too_deep(node.start, node.end)
        try:
            match node:
                case Literal():
                    return _constant(node)
                case Name():
                    return self.named(node, depth)
                case Call():
                    return self.call(node, depth)
        except Rejected as refusal:
            self.problems += refusal.problems
        return None

    def named(self, node: Name, depth: int) -> Expression:
        found = named(node, self.subject)
        if not isinstance(found, FieldValue):
            size, deep = extents(found)
            self.used += size
            if self.used > MAX_COMPILED:
                raise too_costly(node.start, node.end)
            if depth + deep > MAX_DEPTH:
                raise too_deep(node.start, node.end)
        return found

    def call(self, node: Call, depth: int) -> Expression | None:
        function = FUNCTIONS.find(node.name)
        if function is None or (function.is_operator and node.name.isalpha() and not node.args):
            raise _unknown_function(node)
        args = tuple(self.checked(arg, depth + 1) for arg in node.args)
        if not function.may_take(len(args)):
            raise _wrong_count(node, function)
        if function.only_in_rules and self.subject.purpose is not Purpose.RULE:
            message = _("%(name)s can only be asked in a rule.", name=node.name)
            raise refused("formula.not_here", node.start, node.end, message)
        if any(arg is None for arg in args):
            return None
        found = tuple(arg for arg in args if arg is not None)
        for place, arg in enumerate(found):
            _check_argument(function, place, arg, node.args[place], node)
        return _applied(node, function, found)


def _constant(node: Literal) -> Constant:
    value = node.value
    if value is None:
        kind = Type.BLANK
    elif isinstance(value, bool):
        kind = Type.BOOLEAN
    else:
        kind = Type.TEXT if isinstance(value, str) else Type.NUMBER
    return Constant(value, kind, node.start, node.end)


# -- names


def named(node: Name, subject: Subject) -> Expression:
    """The field or global of that name; raises Rejected at its place."""
    if subject.known is not None:
        return _known(node, subject.known)
    if node.text.startswith("$"):
        return _ambient(node, subject)
    if subject.purpose is Purpose.DEFAULT:
        message = _(
            "A default value is there before the record: it knows no %(name)s.", name=node.text
        )
        hint = _('Put a text in quotes: "%(text)s".', text=node.text)
        raise refused("formula.not_here", node.start, node.end, message, hint)
    walked = walk(node.text, subject.object_name, subject.snapshot, node.start)
    if walked[-1].formula:
        return _inlined(node, walked, subject)
    if walked[-1].type == "Location":
        return _place(node, walked)
    kind = _kind_of(walked[-1], node, subject)
    is_zero = subject.blank_is_zero and kind is Type.NUMBER
    return FieldValue(_path(walked), walked, kind, is_zero, node.start, node.end)


def _inlined(node: Name, walked: tuple[CustomField, ...], subject: Subject) -> Expression:
    """What a formula field is made of, seen from here; raises Rejected at its name."""
    field = walked[-1]
    try:
        inner = formula_of(field, subject.snapshot, subject.trail)
    except Rejected as refusal:
        problem = refusal.problems[0]
        code, message = problem.code, problem.message
        if code != "formula.cycle":
            message = _(
                "%(name)s cannot be worked out itself: %(why)s", name=field.local_name, why=message
            )
        raise refused(code, node.start, node.end, message, problem.hint) from None
    is_open = field.readable_without_inputs
    found = moved(inner, _path(walked)[: -len(field.local_name)], walked[:-1], node, is_open)
    if found.type is Type.BOOLEAN:
        return Apply(FUNCTIONS.get("AND"), (found,), Type.BOOLEAN, node.start, node.end)
    if subject.blank_is_zero and found.type is Type.NUMBER:
        args = (found, Constant(Decimal(0), Type.NUMBER, node.start, node.end))
        return Apply(FUNCTIONS.get("NULLVALUE"), args, Type.NUMBER, node.start, node.end)
    return found


def formula_of(field: CustomField, snapshot: Snapshot, trail: tuple[str, ...] = ()) -> Expression:
    """The expression of a formula field, with those of the formula fields that it uses in it.

    Of the field's own type. Raises Rejected, of a field that uses itself with the way round.
    """
    if field.name in trail:
        way = " → ".join((*trail[trail.index(field.name) :], field.name))
        message = _("These formula fields use each other: %(way)s.", way=way)
        raise refused("formula.cycle", 0, len(field.formula), message)
    found = snapshot.derived(
        ("formula", field.uid), lambda: _formula_or_why(field, snapshot, (*trail, field.name))
    )
    if isinstance(found, Rejected):
        raise Rejected(*found.problems)
    return found


def _formula_or_why(
    field: CustomField, snapshot: Snapshot, trail: tuple[str, ...]
) -> Expression | Rejected:
    """Refusals are kept as well, or fields that use each other twice would be read for ever."""
    try:
        return _formula_of(field, snapshot, trail)
    except Rejected as refusal:
        return refusal


def _formula_of(field: CustomField, snapshot: Snapshot, trail: tuple[str, ...]) -> Expression:
    kind = KINDS[field.field_type.formula_kind]
    subject = Subject(snapshot, field.object_name, Purpose.FIELD, field.blank_is_zero, trail)
    found = check(field.formula, subject, kind)
    nothing = Constant("" if kind is Type.TEXT else None, kind, found.start, found.end)
    return nothing if found.type is Type.BLANK else found


def inputs_of(field: CustomField, snapshot: Snapshot) -> tuple[tuple[CustomField, ...], ...] | None:
    """The fields along every path that the formula itself names; None where it means nothing."""
    try:
        formula_of(field, snapshot)
    except Rejected:
        return None
    return tuple(
        walk(rest, "User", snapshot) if home == "$User" else walk(text, field.object_name, snapshot)
        for text in dict.fromkeys(name.text for name in names_in(field.formula))
        for home, _dot, rest in [text.partition(".")]
        if home == "$User" or not home.startswith("$")
    )


def _known(node: Name, known: Mapping[str, Type]) -> Ambient:
    if (kind := known.get(node.text)) is None:
        hint = did_you_mean(node.text, (name for name in known if not name.startswith("#")))
        raise refused("formula.unknown_name", node.start, node.end,
                      _("%(name)s is not known here.", name=repr(node.text)), hint)  # fmt: skip
    return Ambient(node.text, kind, node.start, node.end)


def _place(node: Name, walked: tuple[CustomField, ...]) -> Apply:
    """A field of a latitude and a longitude, as GEOLOCATION makes it of numbers."""
    parts = tuple(
        FieldValue(_path(found), found, Type.NUMBER, False, node.start, node.end)
        for part in walked[-1].field_type.components(walked[-1])
        for found in [(*walked[:-1], part)]
    )
    return Apply(FUNCTIONS.get("GEOLOCATION"), parts, Type.PLACE, node.start, node.end)


def _path(walked: tuple[CustomField, ...]) -> str:
    return ".".join((*(relation_of(f) for f in walked[:-1]), walked[-1].local_name))


def relation_of(field: CustomField) -> str:
    """What a path calls the parent that a lookup leads to."""
    return field.relationship or relationship_of(field.local_name)


def walk(
    text: str, object_name: str, snapshot: Snapshot, start: int = 0
) -> tuple[CustomField, ...]:
    """The fields along a path; raises Rejected at the part of it that nothing has."""
    *relations, last = text.split(".")
    found: list[CustomField] = []
    place = start
    if len(relations) > MAX_WALK:
        message = _("%(path)s walks more than %(n)s relationships.", path=repr(text), n=MAX_WALK)
        raise refused("formula.unknown_field", start, start + len(text), message)
    for part in relations:
        step = snapshot.find_relation(object_name, part)
        if step is None or not step.reference_to:
            raise _unknown_relation(part, object_name, snapshot, place)
        found.append(step)
        object_name, place = step.reference_to[0], place + len(part) + 1
    field = snapshot.find_field(object_name, last)
    if field is None:
        raise _unknown_field(last, object_name, snapshot, place)
    return (*found, field)


def _unknown_field(name: str, object_name: str, snapshot: Snapshot, place: int) -> Rejected:
    message = _("%(name)s is not a field of %(object)s.", name=repr(name), object=object_name)
    hint = did_you_mean(name, snapshot.fields(object_name))
    if FUNCTIONS.find(name.upper()):
        hint = _("A function is written with parentheses: %(name)s().", name=name.upper())
    return refused("formula.unknown_field", place, place + len(name), message, hint)


def _unknown_relation(name: str, object_name: str, snapshot: Snapshot, place: int) -> Rejected:
    message = _(
        "%(name)s is not a relationship of %(object)s.", name=repr(name), object=object_name
    )
    lookups = (f for f in snapshot.fields(object_name).values() if f.is_lookup)
    hint = did_you_mean(name, map(relation_of, lookups))
    return refused("formula.unknown_field", place, place + len(name), message, hint)


def _kind_of(field: CustomField, node: Name, subject: Subject) -> Type:
    field_type: FieldType = field.field_type
    parts = field_type.components(field)
    if parts and not field_type.columns(field):
        message = _("%(name)s is made of several fields.", name=field.local_name)
        hint = _("Use %(names)s.", names=", ".join(part.local_name for part in parts))
        raise refused("formula.no_value", node.start, node.end, message, hint)
    is_long = subject.purpose is Purpose.FIELD and field.type in _LONG
    if field.type in _HIDDEN or is_long:
        message = _(
            "%(name)s cannot be used in a formula: it is of the type %(type)s.",
            name=field.local_name,
            type=str(field_type.label),
        )
        raise refused("formula.no_value", node.start, node.end, message)
    return KINDS[field_type.formula_kind]


def _ambient(node: Name, subject: Subject) -> Ambient:
    home, _dot, rest = node.text.partition(".")
    known = did_you_mean(home, GLOBALS)
    if home == "$User" and rest and "." not in rest:
        field = walk(rest, "User", subject.snapshot, node.start + len(home) + 1)[-1]
        if field.formula:
            message = _("Formula fields of $User cannot be asked.")
            raise refused("formula.no_value", node.start, node.end, message)
        kind = _kind_of(field, node, subject)
        return Ambient(f"$User.{field.local_name}", kind, node.start, node.end)
    if node.text in _NAMED:
        return Ambient(node.text, Type.TEXT, node.start, node.end)
    if home == "$Permission" and rest:
        if subject.snapshot.find("CustomPermission", rest) is not None:
            return Ambient(node.text, Type.BOOLEAN, node.start, node.end)
        known = did_you_mean(rest, (p.name for p in subject.snapshot.of_kind("CustomPermission")))
    message = _("Nothing is called %(name)s.", name=repr(node.text))
    raise refused("formula.unknown_name", node.start, node.end, message, known)


# -- calls


def _unknown_function(node: Call) -> Rejected:
    message = _("There is no function %(name)s.", name=node.name)
    hint = did_you_mean(node.name, (f.name for f in FUNCTIONS if not f.is_operator))
    return refused("formula.unknown_function", node.start, node.end, message, hint)


def _wrong_count(node: Call, function: Function) -> Rejected:
    message = _("%(name)s does not take %(n)s values.", name=function.name, n=len(node.args))
    hint = _("Write %(signature)s.", signature=function.signature)
    return refused("formula.arity", node.start, node.end, message, hint)


def _check_argument(
    function: Function, place: int, arg: Expression, node: Node, call: Call
) -> None:
    wanted = function.types_at(place)
    if function.wants_field and not isinstance(arg, FieldValue):
        message = _("%(name)s asks about a field.", name=function.name)
        hint = _("Write %(signature)s.", signature=function.signature)
        raise refused("formula.type", *extent(node), message, hint)
    if function.wants_field and isinstance(arg, FieldValue) and len(arg.fields) > 1:
        message = _("%(name)s knows the fields of the record itself only.", name=function.name)
        raise refused("formula.type", *extent(node), message)
    if arg.type in wanted or arg.type is Type.BLANK:
        return
    message = _(
        "%(name)s cannot take a %(given)s here, but a %(wanted)s.",
        name=_shown(function, call),
        given=arg.type.label,
        wanted=" / ".join(sorted(one.label for one in wanted)),
    )
    if len(wanted) > 4:
        name, given = _shown(function, call), arg.type.label
        message = _("%(name)s cannot take a %(given)s.", name=name, given=given)
    raise refused("formula.type", *extent(node), message, _hint_for(arg.type, wanted))


def _shown(function: Function, call: Call) -> str:
    return {"NEGATIVE": "-", "POSITIVE": "+"}.get(function.name, call.name)


def _hint_for(given: Type, wanted: Set[Type]) -> str:
    """The way from one type to another."""
    if given is Type.PICKLIST:
        return _('Ask ISPICKVAL(field, "value"), or compare TEXT(field).')
    if given is Type.MULTIPICKLIST:
        return _('Ask INCLUDES(field, "value").')
    if wanted == {Type.TEXT}:
        return _("Make a text of it by TEXT().") if given is not Type.BOOLEAN else ""
    if wanted == {Type.NUMBER} and given is Type.TEXT:
        return _("Make a number of it by VALUE().")
    if wanted == {Type.BOOLEAN}:
        return _("Compare it with something, or ask ISBLANK().")
    return ""


def _applied(node: Call, function: Function, args: tuple[Expression, ...]) -> Expression:
    start, end = extent(node)
    if function.ambient:
        returns = function.returns
        assert isinstance(returns, Type)  # noqa: S101 - nothing else has no arguments
        return Ambient(function.ambient, returns, start, end)
    if function.wants_field:
        return _of_prior(function, args[0], start, end)
    if function.reads_constant is not None and isinstance(args[-1], Constant):
        _try_constant(function.reads_constant, args[-1])
    if function.name == "ISNULL" and args[0].type in (Type.PICKLIST, Type.MULTIPICKLIST):
        return Apply(FUNCTIONS.get("ISBLANK"), args, Type.BOOLEAN, start, end)
    if function.name in ("=", "<>") and any(arg.type is Type.BLANK for arg in args):
        return _blank_test(function, args, start, end)
    kind = function.returns
    if not isinstance(kind, Type):
        kind = _common(node, function, args)
    if function.name in ("=", "<>"):
        args = tuple(_decided(arg) for arg in args)
    return Apply(function, with_typed_blanks(function, args, kind), kind, start, end)


def _try_constant(read: Callable[[Any], object], arg: Constant) -> None:
    try:
        read(arg.value or "")
    except FormulaError as failure:
        found = failure.problem
        raise refused(found.code, arg.start, arg.end, found.message, found.hint) from None


def _of_prior(function: Function, arg: Expression, start: int, end: int) -> Expression:
    assert isinstance(arg, FieldValue)  # noqa: S101 - checked before
    before = FieldValue(
        arg.path, arg.fields, arg.type, arg.blank_is_zero, arg.start, arg.end, prior=True
    )
    if function.name == "PRIORVALUE":
        return before
    return Apply(function, (arg, before), Type.BOOLEAN, start, end)


def _blank_test(
    function: Function, args: tuple[Expression, ...], start: int, end: int
) -> Expression:
    """`x = NULL` asks whether x is blank."""
    value = next((arg for arg in args if arg.type is not Type.BLANK), args[0])
    asked = Apply(FUNCTIONS.get("ISBLANK"), (value,), Type.BOOLEAN, start, end)
    if function.name == "=":
        return asked
    return Apply(FUNCTIONS.get("NOT"), (asked,), Type.BOOLEAN, start, end)


def _decided(arg: Expression) -> Expression:
    """A condition that is compared with another: where it is blank, it is false."""
    if not isinstance(arg, Apply) or arg.type is not Type.BOOLEAN:
        return arg
    return Apply(FUNCTIONS.get("AND"), (arg,), Type.BOOLEAN, arg.start, arg.end)


def _common(node: Call, function: Function, args: Sequence[Expression]) -> Type:
    assert not isinstance(function.returns, Type)  # noqa: S101 - asked by the caller
    kind = function.returns([arg.type for arg in args])
    if kind is not None:
        return kind
    names = ", ".join(dict.fromkeys(arg.type.label for arg in args if arg.type is not Type.BLANK))
    message = _("%(name)s cannot bring these together: %(types)s.", name=node.name, types=names)
    hint = ""
    if {arg.type for arg in args} == {Type.DATE, Type.DATETIME}:
        hint = _("Make a day of the moment by DATEVALUE().")
    elif any(arg.type is Type.TEXT for arg in args):
        hint = _("Make a text of it by TEXT().")
    raise refused("formula.type", *extent(node), message, hint)
