"""The reference pages, made from what the code registers: settings, commands, field types, kinds.

In charge of the files in `reference/` beside it. A test compares them with the code, so that a page
cannot lag behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ...metadata.definition import Kind
from ...metadata.field_types import FIELD_TYPES
from ...metadata.field_types.base import Example, FieldType, Operator
from ...metadata.kinds import KINDS
from ...platform.config import SETTINGS

FOLDER = Path(__file__).parent / "reference"
LONGEST_EXAMPLE = 60  # characters of text or value; longer ones are for the tests
MOST_EXAMPLES = 8  # of one field type
_SHARED = ("kind", "uid", "name", "label", "description")


def pages(commands: click.Group) -> dict[str, str]:
    """{file name: Markdown} of every reference page."""
    made = {
        "settings.md": _page("Settings", _settings()),
        "commands.md": _page("Commands", _commands(commands)),
        "field-types.md": _page("Field types", _field_types()),
        "operators.md": _page("Filter operators", _operators()),
        "kinds.md": _page("Kinds of metadata", _kinds()),
    }
    return {"README.md": _contents(made), **made}


def write_pages(commands: click.Group, folder: Path = FOLDER) -> tuple[str, ...]:
    """Writes the pages that differ from what is there; returns their names."""
    folder.mkdir(exist_ok=True)
    made = pages(commands)
    stale = tuple(name for name, text in made.items() if _text_of(folder / name) != text)
    for name in stale:
        (folder / name).write_text(made[name], "utf-8")
    for gone in {path.name for path in folder.glob("*.md")} - set(made):
        (folder / gone).unlink()
    return stale


@click.command("docs")
@click.pass_context
def write_docs(context: click.Context) -> None:
    """Write the reference pages anew from the code."""
    root = context.find_root().command
    if not isinstance(root, click.Group):
        raise click.UsageError("Ask for the pages by `trellis docs`.")
    for name in write_pages(root):
        click.echo(f"written: {name}")


def _text_of(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _page(title: str, blocks: Iterable[str]) -> str:
    note = "*Written by `make docs` from the code; change it there.*"
    return "\n\n".join((f"# {title}", note, *blocks)) + "\n"


def _contents(made: Mapping[str, str]) -> str:
    titles = {name: text.splitlines()[0].removeprefix("# ") for name, text in made.items()}
    return _page("Reference", ["\n".join(f"- [{title}]({name})" for name, title in titles.items())])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _column in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _docstring(item: object) -> str:
    """The paragraphs of a docstring, one line each."""
    text = inspect.getdoc(item) or ""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


# --- settings and commands ----------------------------------------------------------------------


def _settings() -> Iterator[str]:
    yield (
        "Settings are read once, at the start, from the environment. A variable that begins with"
        " `TRELLIS_` and is not one of these is refused."
    )
    yield _table(
        ("variable", "type", "default", "meaning"),
        ((_code(s.variable), s.type, _code(s.default), str(s.help)) for s in SETTINGS),
    )


def _commands(group: click.Group) -> Iterator[str]:
    yield "`trellis COMMAND --help` says the same at the terminal."
    for path, command in _leaves(group, ()):
        context = click.Context(command, info_name=" ".join(("trellis", *path)))
        usage = command.get_usage(context).removeprefix("Usage: ")
        yield f"## {' '.join(path)}"
        yield _help_of(command)
        yield f"```\n{usage}\n```"
        if rows := tuple(_parameters(command, context)):
            yield _table(("parameter", "meaning"), rows)


def _leaves(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """(names on the way, command) of every command, sorted by name."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _leaves(command, (*path, name))
        elif not command.hidden:
            yield (*path, name), command


def _help_of(command: click.Command) -> str:
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(" ".join(part.replace("\b", "").split()) for part in paragraphs)


def _parameters(command: click.Command, context: click.Context) -> Iterator[tuple[str, ...]]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            record = parameter.get_help_record(context)
            yield (_code(record[0]), record[1]) if record else ("", "")
        else:
            yield _code(parameter.make_metavar(context)), "required" if parameter.required else ""


# --- field types --------------------------------------------------------------------------------


def _field_types() -> Iterator[str]:
    types = FIELD_TYPES.all()
    yield "A field has one of these types. `creatable` says whether an administrator may add one."
    yield _table(
        ("type", "label", "creatable", "unique possible", "sorts", "aggregates"),
        (
            (f"[{t.name}](#{t.name.lower()})", str(t.label), _yes(t.creatable),
             _yes(t.may_be_unique), _yes(t.sortable), ", ".join(t.aggregates))
            for t in types
        ),
    )  # fmt: skip
    for field_type in types:
        yield from _field_type(field_type)


def _field_type(field_type: FieldType) -> Iterator[str]:
    yield f"## {field_type.name}"
    yield str(field_type.help)
    if operators := field_type.operators:
        yield "Filters: " + ", ".join(_code(o.name) for o in operators) + "."
    if options := field_type.options_schema:
        yield _table(("option", "values"), ((_code(k), _values(v)) for k, v in options.items()))
    if examples := [e for e in field_type.examples if _is_short(e)][:MOST_EXAMPLES]:
        yield _table(("written", "means"), map(_example, examples))


def _is_short(example: Example) -> bool:
    shown = (example.text, str(example.value))
    return all(0 < len(t) <= LONGEST_EXAMPLE and "\n" not in t and "Value(" not in t for t in shown)


def _example(example: Example) -> tuple[str, str]:
    with_options = ", ".join(f"{key}: {value}" for key, value in example.options.items())
    written = _code(example.text.strip()) + (f" ({with_options})" if with_options else "")
    return written, _code(str(example.value))


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"


def _operators() -> Iterator[str]:
    yield "Each operator gives one answer in SQL and in memory, for empty values too."
    yield _table(
        ("operator", "label", "operands", "field types"),
        (
            (_code(o.name), str(o.label), _arity(o), ", ".join(names))
            for o, names in _operators_by_name().values()
        ),
    )


def _operators_by_name() -> dict[str, tuple[Operator, list[str]]]:
    """{operator: (one row of that name, the field types that offer it)}, sorted."""
    found: dict[str, tuple[Operator, list[str]]] = {}
    for field_type in FIELD_TYPES.all():
        for operator in field_type.operators:
            found.setdefault(operator.name, (operator, []))[1].append(field_type.name)
    return dict(sorted(found.items()))


def _arity(operator: Operator) -> str:
    return "any number" if operator.arity < 0 else str(operator.arity)


# --- kinds --------------------------------------------------------------------------------------


def _kinds() -> Iterator[str]:
    yield (
        "Everything an administrator can change is a document of one of these kinds. Every document"
        " has `kind`, `uid` (given once), `name` (the API name), and may have `label` and"
        " `description`. Kinds are deployed in the order of this table."
    )
    kinds = sorted(KINDS.all(), key=lambda kind: (kind.rank, kind.name))
    yield _table(
        ("kind", "label", "file in a package"),
        (
            (f"[{k.name}](#{k.name.lower()})", str(k.label), _code(f"{k.folder}/….{k.suffix}.json"))
            for k in kinds
        ),
    )
    for kind in kinds:
        yield from _kind(kind)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}"
    if described := _docstring(_definition_class(kind)):
        yield described
    required = kind.schema.get("required", ())
    rows = (
        (_code(name), _values(value), _yes(name in required))
        for name, value in kind.schema["properties"].items()
        if name not in _SHARED
    )
    yield _table(("attribute", "values", "required"), rows)


def _definition_class(kind: Kind) -> object:
    """The class whose module registered the kind, by the kind's own name."""
    module = inspect.getmodule(kind.parse)
    return getattr(module, kind.name, None)


def _values(schema: Mapping[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "enum" in schema:
        return ", ".join(_code(str(value)) or "nothing" for value in schema["enum"])
    if "const" in schema:
        return _code(str(schema["const"]))
    if "$ref" in schema:
        return _code(str(schema["$ref"]).rpartition("/")[2])
    kinds = schema.get("type", "any")
    words = " or ".join(kinds) if isinstance(kinds, list | tuple) else str(kinds)
    return words + _bounds(schema) + _inside(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    high = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    if low is None and high is None:
        return ""
    if low is None:
        return f" (up to {high})"
    return f" (at least {low})" if high is None else f" ({low}–{high})"


def _inside(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array" and isinstance(items := schema.get("items"), Mapping):
        return f" of {_values(items)}"
    if schema.get("type") == "object" and (properties := schema.get("properties")):
        return " with " + ", ".join(_code(name) for name in properties)
    return ""
