"""All problems of a snapshot, or of the part a change can have touched, at once.

A document is checked against the JSON Schema of its kind first; only one that fits is parsed and
asked what is wrong with it among its neighbours. Paths of problems begin with kind and name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry as Schemas

from ..platform.errors import Problem, Rejected, did_you_mean
from ..platform.i18n import _
from .definition import Definition, Document
from .kinds import KINDS
from .snapshot import Snapshot


def check(snapshot: Snapshot) -> tuple[Problem, ...]:
    """Every problem of every definition."""
    return check_definitions(snapshot, snapshot.by_uid.values())


def check_definitions(snapshot: Snapshot, definitions: Iterable[Definition]) -> tuple[Problem, ...]:
    """Every problem of these definitions among their neighbours; schemas are not checked again."""
    return tuple(
        problem.under(definition.kind, definition.name)
        for definition in definitions
        for problem in KINDS.get(definition.kind).check(definition, snapshot)
    )


def check_document(document: Document) -> tuple[Problem, ...]:
    """What keeps the document from being one of its kind: unknown keys, wrong types, no name."""
    try:
        kind = KINDS.get(str(document.get("kind", "")))
    except Rejected as refusal:
        return tuple(p.under(*head_of(document)) for p in refusal.problems)
    return tuple(p.under(*head_of(document)) for p in _misfits(_validator(kind.name), document))


def fitting(tree: Any, schema: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What keeps a JSON tree from fitting a schema of the house's own."""
    return _misfits(Draft202012Validator(_plain(schema), registry=Schemas()), tree)


def _misfits(validator: Draft202012Validator, tree: Any) -> tuple[Problem, ...]:
    errors = sorted(validator.iter_errors(tree), key=lambda e: list(map(str, e.path)))
    return tuple({problem: None for error in errors for problem in _problems(error)})


def head_of(document: Document) -> tuple[str, str]:
    """(kind, name) of a document that may be malformed."""
    return str(document.get("kind", "")), str(document.get("name", ""))


def parse(document: Document) -> Definition:
    """The definition of a document. Raises Rejected with all that does not fit its kind."""
    if problems := check_document(document):
        raise Rejected(*problems)
    definition: Definition = KINDS.get(document["kind"]).parse(document)
    return definition


@cache
def _validator(kind: str) -> Draft202012Validator:
    # an empty registry: a document can never make us fetch a schema
    return Draft202012Validator(_plain(KINDS.get(kind).schema), registry=Schemas())


def _plain(value: Any) -> Any:
    """Read-only mappings as dicts: the validator knows no others."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(error, path)
        return
    yield Problem(f"schema.{error.validator}", path, _sentence(error))


def _unknown_keys(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[Problem]:
    schema: Any = error.schema
    known = schema.get("properties", {})
    instance: Any = error.instance
    for key in sorted(set(instance) - set(known)):
        message = _("%(name)s is not known here.", name=repr(key))
        yield Problem("schema.unknown_key", (*path, key), message, did_you_mean(key, known))


def _sentence(error: ValidationError) -> str:
    limit: Any = error.validator_value
    instance: Any = error.instance
    shown = repr(instance)[:60]
    match error.validator:
        case "required":
            missing = [name for name in limit if name not in instance]
            return _("%(names)s is missing.", names=", ".join(missing))
        case "type":
            kinds = limit if isinstance(limit, str) else ", ".join(limit)
            return _("%(value)s is not of the type %(type)s.", value=shown, type=kinds)
        case "enum":
            choices = ", ".join(map(str, limit))
            return _("%(value)s is none of: %(choices)s.", value=shown, choices=choices)
        case "maxLength" | "maxItems":
            return _("This is longer than %(n)s.", n=limit)
        case "minLength" | "minItems":
            return _("This is shorter than %(n)s.", n=limit)
        case "maximum":
            return _("%(value)s is more than %(n)s.", value=shown, n=limit)
        case "minimum":
            return _("%(value)s is less than %(n)s.", value=shown, n=limit)
    return _("%(value)s does not fit here.", value=shown)
