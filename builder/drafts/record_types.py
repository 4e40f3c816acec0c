"""Record types and business processes as change sets: new, edited, cloned, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.business_process import BusinessProcess, Subset
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.record_type import RecordType
from ...metadata.names import api_name
from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, new_uid, translation_entry, with_translations
from .grants import Permit, edited_record_type

Words = Mapping[str, str]  # {language: text}


@dataclass(frozen=True, slots=True)
class SaidType:
    """What the editor of a record type says."""

    labels: Words
    descriptions: Words
    name: str = ""  # local; "" = made of the label
    active: bool = True
    process: str = ""
    compact_layout: str = ""
    subsets: Mapping[str, Subset] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidProcess:
    """What the editor of a business process says."""

    label: str
    description: str = ""
    active: bool = True
    subset: Subset = field(default_factory=lambda: Subset(()))


def said_of(snapshot: Snapshot, one: RecordType, labels: Words, descriptions: Words) -> SaidType:
    """What the editor shows of a record type that is there."""
    return SaidType(
        labels, descriptions, one.local_name, one.active, one.process, one.compact_layout,
        dict(one.subsets),
    )  # fmt: skip


def new_record_type(snapshot: Snapshot, obj: CustomObject, said: SaidType) -> ChangeSet:
    """The change set of a new record type; its name is made of the label where none is said."""
    name = said.name or _free(snapshot, "RecordType", obj.name, said.labels[BASE_LANGUAGE])
    document: Draft = {
        "kind": "RecordType", "uid": new_uid(), "name": f"{obj.name}.{name}", "object": obj.name,
    }  # fmt: skip
    label = said.labels[BASE_LANGUAGE]
    summary = _("New record type %(label)s", label=label)
    return _put(snapshot, document, said, summary, str(document["name"]))


def edited_record_type_set(snapshot: Snapshot, one: RecordType, said: SaidType) -> ChangeSet:
    """The change set of a changed record type; its records follow another name."""
    document = draft(one)
    document["name"] = f"{one.object}.{said.name or one.local_name}"
    for key in ("description", "businessProcess", "compactLayout", "picklistValues"):
        document.pop(key, None)
    label = said.labels[BASE_LANGUAGE]
    summary = _("Record type %(label)s changed", label=label)
    return _put(snapshot, document, said, summary, one.name)


def _put(
    snapshot: Snapshot, document: Draft, said: SaidType, summary: str, known_as: str
) -> ChangeSet:
    """Words are said of the name before a rename, which the deployment follows."""
    if not said.labels[BASE_LANGUAGE]:
        raise Rejected(
            Problem("record_type.label", ("label",), _("The record type needs a label."))
        )
    document |= {"label": said.labels[BASE_LANGUAGE], "active": said.active}
    optional = {
        "description": said.descriptions[BASE_LANGUAGE],
        "businessProcess": said.process,
        "compactLayout": said.compact_layout,
        "picklistValues": [
            {"picklist": name, "values": _rows(subset)} for name, subset in said.subsets.items()
        ],
    }
    document |= {key: value for key, value in optional.items() if value}
    entries = [
        (
            language,
            translation_entry(
                "RecordType",
                known_as,
                attribute,
                "" if text == words[BASE_LANGUAGE] else text,
            ),
        )
        for attribute, words in (("label", said.labels), ("description", said.descriptions))
        for language, text in words.items()
        if language != BASE_LANGUAGE
    ]
    spoken = [
        one
        for one in with_translations(snapshot, str(document["object"]), entries)
        if one["entries"] or snapshot.find("Translations", one["name"])
    ]
    return ChangeSet((document, *spoken), (), summary)


def _rows(subset: Subset) -> list[Draft]:
    return [
        {"name": name, "default": True} if name == subset.default else {"name": name}
        for name in subset.values
    ]


def with_holders(
    change_set: ChangeSet,
    name: str,
    permits: Sequence[Permit],
    visible: Iterable[str],
    default: Iterable[str],
) -> ChangeSet:
    """The change set with who may give the record type; `visible` and `default` are uids.

    The name is the one before a rename, which the deployment follows.
    """
    seen, usual = set(visible), set(default)
    changed = [
        document
        for permit in permits
        for document in edited_record_type(
            permit, name, is_visible=permit.uid in seen, is_default=permit.uid in usual
        )
    ]
    return ChangeSet((*change_set.put, *changed), change_set.remove, change_set.summary)


def deleted_record_type(one: RecordType, heir: str | None) -> ChangeSet:
    """The change set of its deletion; its records get the heir's type, "" is none.

    None: that has not been said.
    """
    becomes: dict[str, str] = {} if heir is None else {one.uid: heir}
    summary = _("Record type %(label)s deleted", label=one.label)
    return ChangeSet((), (Uid(one.uid),), summary, becomes=becomes)


# -- business processes


def new_process(snapshot: Snapshot, obj: CustomObject, said: SaidProcess) -> ChangeSet:
    name = _free(snapshot, "BusinessProcess", obj.name, said.label)
    document: Draft = {
        "kind": "BusinessProcess", "uid": new_uid(), "name": f"{obj.name}.{name}",
        "object": obj.name,
    }  # fmt: skip
    return _put_process(document, said, _("New business process %(label)s", label=said.label))


def edited_process(process: BusinessProcess, said: SaidProcess) -> ChangeSet:
    document = draft(process)
    document.pop("description", None)
    return _put_process(document, said, _("Business process %(label)s changed", label=said.label))


def _put_process(document: Draft, said: SaidProcess, summary: str) -> ChangeSet:
    if not said.label:
        raise Rejected(Problem("process.label", ("label",), _("The process needs a label.")))
    document |= {"label": said.label, "active": said.active, "values": _rows(said.subset)}
    document |= {"description": said.description} if said.description else {}
    return ChangeSet((document,), (), summary)


def deleted_process(process: BusinessProcess) -> ChangeSet:
    summary = _("Business process %(label)s deleted", label=process.label)
    return ChangeSet((), (Uid(process.uid),), summary)


def _free(snapshot: Snapshot, kind: str, object_name: str, label: str) -> str:
    name = api_name(label) or "Type"
    taken = {one.name.casefold() for one in snapshot.of_kind(kind)}
    candidates = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(one for one in candidates if f"{object_name}.{one}".casefold() not in taken)
