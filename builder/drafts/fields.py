"""New, edited, renamed and deleted fields as change sets; a new one lands on layouts at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.field_types import FIELD_TYPES
from ...metadata.kinds.custom_field import CustomField
from ...metadata.names import check_custom_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, add_cell, draft, new_uid

WIDE = frozenset({"LongTextArea", "Html", "Address"})
NOT_PLACED = frozenset({"OwnerId"})


@dataclass(frozen=True, slots=True)
class NewField:
    """What the field sheet says. `options` are document attributes: length, valueSet, …."""

    object: str
    type: str
    label: str
    name: str  # local API name with __c
    options: Mapping[str, Any] = field(default_factory=dict)
    layouts: tuple[str, ...] = ()  # names of the layouts it lands on
    views: tuple[str, ...] = ()  # names of list views that get it as a column
    related_label: str = ""  # of the related list on the parent's layouts


def new_field(snapshot: Snapshot, said: NewField) -> ChangeSet:
    """The change set of a new field; raises Rejected with everything that is wrong."""
    require(_problems(snapshot, said))
    document = _document(said)
    behavior = "Required" if said.options.get("required") else "Edit"
    if said.options.get("formula") or not FIELD_TYPES.get(said.type).editable:
        behavior = "Readonly"
    documents = [document]
    documents += _placed(snapshot, said, behavior)
    documents += _with_column(snapshot, said)
    if said.type == "MasterDetail":
        documents = _merged(documents + _as_detail(snapshot, said.object, documents))
    if said.options.get("referenceTo"):
        documents = _merged(documents + _related_lists(snapshot, said, documents))
    summary = _("New field %(label)s on %(object)s", label=said.label, object=said.object)
    return ChangeSet(tuple(documents), (), summary)


def deleted_field(known: CustomField) -> ChangeSet:
    """The change set that puts a field into the bin."""
    return ChangeSet((), (Uid(known.uid),), _("Field %(name)s deleted", name=known.name))


def _problems(snapshot: Snapshot, said: NewField) -> Iterable[Problem]:
    if not said.label.strip():
        yield Problem("field.label", ("label",), _("The field needs a label."))
    if not said.name:
        yield Problem("field.name", ("name",), _("The field needs an API name."))
    else:
        yield from check_custom_name(said.name, "name")
    if snapshot.find_field(said.object, said.name):
        message = _("There is already a field %(name)s.", name=said.name)
        yield Problem("field.exists", ("name",), message, _("Choose another API name."))
    if said.type in ("Picklist", "MultiselectPicklist"):
        value_set = said.options.get("valueSet", {})
        if not (value_set.get("values") or value_set.get("valueSetName")):
            message = _("The list has no values.")
            yield Problem("field.no_values", ("values",), message, _("Paste them, one a line."))
    if FIELD_TYPES.get(said.type).name in ("Lookup", "MasterDetail") and not said.options.get(
        "referenceTo"
    ):
        yield Problem("field.no_target", ("referenceTo",), _("Choose the object it points to."))


def _document(said: NewField) -> Draft:
    is_formula = bool(said.options.get("formula"))
    defaults = {} if is_formula else FIELD_TYPES.get(said.type).default_options()
    options = {k: v for k, v in said.options.items() if v not in (None, "")}
    return {
        "kind": "CustomField",
        "uid": new_uid(),
        "name": f"{said.object}.{said.name}",
        "label": said.label,
        "type": said.type,
        **defaults,
        **options,
    }


def _placed(snapshot: Snapshot, said: NewField, behavior: str) -> list[Draft]:
    layouts = [draft(snapshot.get("Layout", name)) for name in said.layouts]
    return [add_cell(one, said.name, behavior, wide=said.type in WIDE) for one in layouts]


def _with_column(snapshot: Snapshot, said: NewField) -> list[Draft]:
    views = [draft(snapshot.get("ListView", name)) for name in said.views]
    for view in views:
        view["columns"] = [*view["columns"], said.name]
    return views


def _as_detail(snapshot: Snapshot, object_name: str, made: list[Draft]) -> list[Draft]:
    """The object of a first master-detail field: its records belong to their master's owner."""
    obj = snapshot.object(object_name)
    if not obj.has_owner:
        return []
    documents = [draft(obj) | {"sharingModel": "ControlledByParent"}]
    latest = {d["uid"]: d for d in made}
    for kind in ("Layout", "CompactLayout", "ListView"):
        for definition in snapshot.of_kind(kind):
            if definition.object == object_name:
                document = latest.get(definition.uid) or draft(definition)
                documents.append(_without_owner(document))
    return documents


def _without_owner(document: Draft) -> Draft:
    for section in document.get("sections", ()):
        section["cells"] = [c for c in section["cells"] if c.get("field") not in NOT_PLACED]
    for attribute in ("columns", "fields"):
        if attribute in document:
            document[attribute] = [n for n in document[attribute] if n not in NOT_PLACED]
    if document["kind"] == "ListView" and document.get("scope") == "Mine":
        document["scope"] = "Everything"
    return document


def _related_lists(snapshot: Snapshot, said: NewField, made: list[Draft]) -> list[Draft]:
    """The parents' layouts with a related list of these records at the end."""
    latest = {d["uid"]: d for d in made}
    name_field = snapshot.name_field(said.object)
    columns = [name_field.local_name] if name_field else []
    changed = []
    for layout in snapshot.of_kind("Layout"):
        if layout.object in said.options["referenceTo"]:
            document = latest.get(layout.uid) or draft(layout)
            related = {
                "id": f"{said.object}.{said.name}",
                "field": f"{said.object}.{said.name}",
                "columns": [*columns, "LastModifiedDate"],
                "actions": ["New"],
            }
            if said.related_label:
                related["label"] = said.related_label
            document["relatedLists"] = [*document.get("relatedLists", ()), related]
            changed.append(document)
    return changed


def _merged(documents: list[Draft]) -> list[Draft]:
    """One document a uid: the last one made wins."""
    return list({document["uid"]: document for document in documents}.values())
