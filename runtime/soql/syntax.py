"""A query as a tree: what the parser makes of a text, before it meets metadata or an actor.

`at` says where in the text a part begins; two trees are equal wherever their parts stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Path:
    """Names with dots between: "Account.Owner.Name"."""

    names: tuple[str, ...]
    at: int = field(default=0, compare=False)

    @property
    def text(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of other expressions; its name in capitals."""

    function: str
    arguments: tuple[Path | Call, ...] = ()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as the query writes it: a string without its quotes, its escapes still in it.

    Kinds: string, number, boolean, null, date, datetime, time, relative, money.
    """

    kind: str
    text: str
    at: int = field(default=0, compare=False)


Expression = Path | Call


@dataclass(frozen=True, slots=True)
class Item:
    """What is selected, with its alias."""

    expression: Expression
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """A sub-select among the items: the children of each record."""

    select: Select


@dataclass(frozen=True, slots=True)
class Compare:
    """An expression, an operator and what it is compared with: values, or a sub-select of ids."""

    left: Expression
    operator: str  # = != < <= > >= LIKE IN NOT IN INCLUDES EXCLUDES
    right: tuple[Literal, ...] | Select


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Test


Test = Compare | And | Or | Not


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are sorted by; blanks first where nothing is said and the order is ascending."""

    expression: Expression
    descending: bool = False
    blanks_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """A whole query, or one inside another."""

    items: tuple[Item | Child, ...]
    source: Path  # an object, or the relationship of children
    alias: str = ""
    scope: str = ""
    where: Test | None = None
    modes: tuple[str, ...] = ()  # SECURITY_ENFORCED, USER_MODE, SYSTEM_MODE
    group_by: tuple[Expression, ...] = ()
    having: Test | None = None
    order_by: tuple[Key, ...] = ()
    limit: int | None = None
    offset: int | None = None
    purposes: tuple[str, ...] = ()  # VIEW, REFERENCE, UPDATE
    all_rows: bool = False
    at: int = field(default=0, compare=False)
