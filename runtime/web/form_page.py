"""The page of a record's form: sections of controls, problems at their fields, others' changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import wtforms
from flask import render_template, request, url_for

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.record_types import FIELD
from ...platform.errors import Problem
from ...platform.i18n import _
from ..layouts.bind import BoundCell, BoundLayout, Mode
from ..layouts.forms import (
    REFERENCE_TYPES,
    bound_layout,
    form_class,
)
from ..query.run import find_titles
from ..records.lookup_filters import has_filter, ready_of
from .form_state import as_it_is, has_conditions, is_conditional, settled, values_of
from .once import NAME as ONCE
from .once import promised_id, read_promise
from .record_types import type_label
from .records import object_crumb
from .repeats import repeat_part
from .scope import Here
from .shell import trail

BACK = "back"  # where a new record leads back to
TAKE = ".take"  # beside a field in conflict: "mine" or "theirs"


@dataclass(frozen=True, slots=True)
class FormCell:
    """A place of the form: controls for its parts, or a value that is only shown."""

    cell: BoundCell
    controls: tuple[wtforms.Field, ...]
    opts: Mapping[str, Mapping[str, Any]]  # {local name: options of the control}
    required: bool = False
    conditional: bool = False  # hidden, locked or required may change while the form is filled
    hidden: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as its form starts from it."""

    id: str
    title: str
    version: int
    seen: str  # marks of the values shown
    values: Mapping[str, Any]
    texts: dict[str, Any]
    record_type: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed meanwhile."""

    name: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Copies:
    """The record that is copied by the form, and the related lists that may come along."""

    id: str
    title: str
    name: str  # of the boxes
    most: int  # records of one list
    lists: tuple[tuple[str, str, str, bool, bool], ...]
    # (id, label, how many, is it ticked, may it be)


def form_page(
    scope: Here,
    obj: CustomObject,
    mode: Mode,
    texts: Mapping[str, Any],
    *,
    stored: Stored | None = None,
    problems: tuple[Problem, ...] = (),
    clashes: list[Clash] | None = None,
    changed: str = "",
    copies: Copies | None = None,
    back: str = "",
    record_type: str = "",
) -> str:
    """The form; `back` is the page that a new record, or Cancel, leads back to.

    The record type is that of a new record; one that is there knows its own.
    """
    record_type = stored.record_type if stored else record_type
    bound = bound_layout(obj.name, scope.snapshot, scope.actor, mode, record_type)
    form = form_class(bound, scope.snapshot, scope.actor)(data=dict(texts))
    at_top = _place(form, problems)
    label = scope.snapshot.label(obj)
    sections = _form_sections(scope, bound, form, texts, stored.id if stored else "")
    if not stored and not problems:
        _begin_at_first(sections)
    heading = _("New %(what)s", what=label)
    leads_back = (BACK, back) if back else None
    back = back or url_for("pages.list_records", object_name=obj.name)
    action = url_for("pages.new_record", object_name=obj.name)
    if stored:
        action = url_for("pages.edit_record", record_id=stored.id)
        heading = _("Edit %(name)s", name=stored.title)
        back = url_for("pages.record", record_id=stored.id)
    if copies:
        action = url_for("pages.clone_record", record_id=copies.id)
        heading = _("Clone %(name)s", name=copies.title)
        back = url_for("pages.record", record_id=copies.id)
    trail(object_crumb(obj, scope), (heading, ""), active=obj)
    return render_template(
        "runtime/form.html",
        object=obj,
        form=form,
        heading=heading,
        action=action,
        sections=sections,
        state_url=url_for(
            "pages.form_state", object_name=obj.name, record=stored.id if stored else None
        )
        if has_conditions(scope, bound)
        else "",
        problems=at_top,
        clashes=clashes or [],
        changed=changed,
        stored=stored,
        copies=copies,
        once=None if stored else (ONCE, _once(scope, obj)),
        back=back,
        leads_back=leads_back,
        take=TAKE,
        repeat=repeat_part(scope, obj, stored.id if stored else "", problems),
        draft=_draft_name(scope, stored),
        record_type=None if stored else (FIELD, record_type),
        type_label=type_label(scope.snapshot, obj.name, record_type),
    )


def _draft_name(scope: Here, stored: Stored | None) -> str:
    """What a browser keeps unsaved work under: one person's, of one version of a record."""
    version = f" v{stored.version}" if stored else ""
    return f"{request.path} {scope.actor.user_id}{version}"


def _once(scope: Here, obj: CustomObject) -> str:
    """The promise that came with the form, as it was refused, or a new one."""
    posted = request.form.get(ONCE, "")
    return posted if read_promise(scope, obj, posted) else promised_id(scope, obj)


def _place(form: wtforms.Form, problems: tuple[Problem, ...]) -> list[tuple[str, str] | str]:
    """Each problem at its field; the summary at the top links to it."""
    summary: list[tuple[str, str] | str] = []
    for problem in problems:
        name = str(problem.path[0]) if problem.path else ""
        if name in form:
            form[name].errors = [*form[name].errors, problem.sentence]
            said = _("%(name)s: %(text)s", name=form[name].label.text, text=problem.sentence)
            summary.append((said, f"#{name}"))
        else:
            summary.append(problem.sentence)
    return summary


def _form_sections(
    scope: Here,
    bound: BoundLayout,
    form: wtforms.Form,
    texts: Mapping[str, Any],
    record_id: str,
) -> list[dict[str, Any]]:
    titles = _lookup_titles(scope, bound, texts)
    state = settled(scope, bound, record_id, values_of(scope, bound.object, texts))
    changing = is_conditional(bound)

    def form_cell(cell: BoundCell) -> FormCell:
        controls = tuple(form[part.local_name] for part in cell.parts if part.local_name in form)
        opts = {
            part.local_name: control_options(scope, bound.object, part, texts, titles, record_id)
            for part in cell.parts
        }
        hidden, locked, required = as_it_is(cell, state)
        return FormCell(cell, controls, opts, required, cell.id in changing, hidden, locked)

    return [
        {
            "id": f"{bound.layout.name}.{section.id}",
            "place": section.id,
            "hidden": section.id in state.closed,
            "label": section.label,
            "columns": section.columns,
            "cells": [
                form_cell(cell) if cell else None
                for cell in section.flow
                if cell is None or not cell.readonly
            ],
        }
        for section in bound.sections
        if any(not cell.readonly for cell in section.cells)
    ]


def _begin_at_first(sections: list[dict[str, Any]]) -> None:
    """Whoever opens the form of something new types into its first field at once."""
    controls = (c for part in sections for cell in part["cells"] if cell for c in cell.controls)
    if (first := next(controls, None)) is not None:
        first.render_kw = dict(first.render_kw or {}, opts={"autofocus": True})


def _lookup_titles(scope: Here, bound: BoundLayout, texts: Mapping[str, Any]) -> dict[str, str]:
    ids = {
        texts[part.local_name]
        for _cell, part in bound.editable
        if part.type in REFERENCE_TYPES and len(texts.get(part.local_name) or "") in (15, 18)
    }
    if not ids:
        return {}
    with scope.read() as connection:
        return dict(find_titles(connection, scope.actor, scope.snapshot, ids))


def control_options(
    scope: Here,
    obj: CustomObject,
    field: CustomField,
    texts: Mapping[str, Any],
    titles: Mapping[str, str],
    record_id: str = "",
) -> dict[str, Any]:
    """What the control of a field needs beyond its WTForms field."""
    kind = field.field_type.control
    options: dict[str, Any] = {}
    if field.type in REFERENCE_TYPES:
        target = scope.snapshot.find_object(field.reference_to[0]) if field.reference_to else None
        value = texts.get(field.local_name) or ""
        options["lookup"] = {
            "url": url_for(
                "pages.lookup",
                object_name=obj.name,
                field_name=field.local_name,
                record=record_id if has_filter(field) and record_id else None,
            ),
            "text": titles.get(value, "" if value in titles else _typed(value, scope)),
            "icon": target.icon if target else "search",
            "tone": target.tone if target else 8,
        }
        if has_filter(field):
            options |= _filtered(scope, field, options["lookup"])
    if kind == "money":
        options["currency"] = scope.actor.currency
    if field.type == "Picklist" and len(scope.snapshot.values(field)) > 12:
        options["search"] = not field.controlled_by
    if field.controlled_by:
        every = [value.name for value in scope.snapshot.values(field)]
        allowed = {key: [n for n in every if n in names] for key, names in field.allowed.items()}
        options["depends_on"] = field.controlled_by
        options["attrs"] = {"data-choices": json.dumps(allowed, ensure_ascii=False)}
    if "visibleLines" in field.options:
        options["rows"] = field.options["visibleLines"]
    return options


def _filtered(scope: Here, field: CustomField, lookup: dict[str, Any]) -> dict[str, Any]:
    """The options of a lookup with a filter: what of the form goes along, and what it says."""
    said, own = field.lookup_filter, ready_of(scope.snapshot, field).looks.own
    base = said.info if said else ""
    info = scope.snapshot.text("CustomField", field.name, "lookupFilter.infoMessage", base)
    return {"lookup": {**lookup, "with": " ".join(sorted(own))}, "hint": info}


def _typed(value: str, scope: Here) -> str:
    """What a person typed into a lookup that fits no record; an id is never shown as text."""
    if len(value) in (15, 18) and value[:3] in {
        scope.snapshot.storage.prefix(o.uid) for o in scope.snapshot.objects()
    }:
        return ""
    return value
