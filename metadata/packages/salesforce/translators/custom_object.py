"""CustomObject: an object with what names its records; of a standard one, what it customises."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .....platform.i18n import _
from ....definition import Document
from ....kinds.custom_object import SHARING_MODELS
from ....names import CUSTOM, METADATA_TYPE
from ..components import Component
from ..markup import Element, element
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    refuse,
    stated,
)

FLAGS = ("enableActivities", "enableHistory", "enableReports", "enableSearch")
_PARTED = re.compile(r"\{((?:YYYY|YY|MM|DD){2,3})\}")
_PIECE = re.compile("YYYY|YY|MM|DD")


class CustomObjects(Translator):
    """Custom settings and metadata types become objects like any other; events are only kept."""

    name = "CustomObject"
    kind = "CustomObject"
    order = 11
    reads = frozenset(
        {"label", "pluralLabel", "description", "nameField", "sharingModel", "customSettingsType",
         *FLAGS}
    )  # fmt: skip
    may_lack = frozenset({"description", "pluralLabel", "sharingModel"})

    def read(self, component: Component, ground: Ground) -> Translated:
        name, tree = component.name, component.root
        if ground.base(self.kind, name) is not None:
            return _customised(name, tree)
        if not name.endswith((CUSTOM, METADATA_TYPE)):
            raise refuse("object", _why_kept(name))
        return stand_in(name, tree, ground)

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        name = str(document["name"])
        for flag in FLAGS:
            if flag in document:
                yield element(flag, bool(document[flag]))
        yield element("label", document["label"])
        if (named := find("CustomField", f"{name}.Name")) and name.endswith(CUSTOM):
            yield _written_name_field(named)
        for key in ("pluralLabel", "description", "sharingModel"):
            if document.get(key):
                yield element(key, document[key])


def stand_in(name: str, tree: Element, ground: Ground) -> Translated:
    """A custom object and the field that names its records, as far as the tree says them.

    An object of a package that is not here is said by its customisations alone: it gets a name.
    """
    notes: list[str] = []
    is_type = name.endswith(METADATA_TYPE)
    setting = is_type or bool(tree.value("customSettingsType"))
    label = plain(tree.value("label")) or _label_of(name)
    draft: Draft = {
        "name": name,
        "label": label[:255],
        "pluralLabel": plain(tree.value("pluralLabel"))[:255],
        "description": plain(tree.value("description"))[:1000],
        "sharingModel": _sharing(name, tree, ground, notes),
        "nameField": "MasterLabel" if is_type else "Name",
        "icon": "settings" if setting else "box",
    }
    for flag in FLAGS:
        draft[flag] = tree.flag(flag, flag == "enableSearch" and tree.find(flag) is None)
    if not tree.children:
        notes.append(_("The package that it belongs to is not here: a stand-in was made."))
    if is_type:  # everybody reads such records, few people change them
        draft["sharingModel"] = "Read"
        return Translated((stated(draft), *_type_fields(name)), tuple(notes))
    return Translated((stated(draft), _name_field(name, tree.find("nameField"))), tuple(notes))


def _customised(name: str, tree: Element) -> Translated:
    """What a file adds to an object that is here: it opens, and never narrows."""
    draft: Draft = {"name": name}
    for key in ("label", "pluralLabel", "description"):
        if tree.value(key):
            draft[key] = tree.value(key)
    draft |= {flag: True for flag in FLAGS if tree.flag(flag)}
    note = _("sharingModel: who sees records of this object is decided in this org.")
    return Translated((draft,), (note,) if tree.value("sharingModel") else ())


def _sharing(name: str, tree: Element, ground: Ground, notes: list[str]) -> str:
    said = tree.value("sharingModel")
    fields = (c for c in ground.project.components
              if c.type == "CustomField" and c.object_name == name)  # fmt: skip
    if any(field.root.value("type") == "MasterDetail" for field in fields):
        return "ControlledByParent"
    if said and (said not in SHARING_MODELS or said == "ControlledByParent"):
        notes.append(_("sharingModel: %(value)s is not known here.", value=repr(said)))
    return said if said in SHARING_MODELS and said != "ControlledByParent" else "ReadWrite"


def _name_field(name: str, tree: Element | None) -> Draft:
    tree = tree or Element("nameField")
    label = plain(tree.value("label")) or _("Name")
    draft: Draft = {"kind": "CustomField", "name": f"{name}.Name", "label": label[:255],
                    "trackHistory": tree.flag("trackHistory") or None}  # fmt: skip
    if tree.value("type") == "AutoNumber":
        start = tree.value("startingNumber")
        draft |= {"type": "AutoNumber", "displayFormat": number_format(tree.value("displayFormat")),
                  "startingNumber": int(start) if start.isdigit() else None}  # fmt: skip
    else:
        draft |= {"type": "Text", "length": 80, "required": True}
    return stated(draft)


def _type_fields(name: str) -> tuple[Draft, Draft]:
    """What every record of a metadata type has: a label and a name."""
    text: Draft = {"kind": "CustomField", "type": "Text", "required": True}
    return (
        {**text, "name": f"{name}.MasterLabel", "label": _("Label"), "length": 255},
        {**text, "name": f"{name}.DeveloperName", "label": _("Name"), "length": 80},
    )


def number_format(text: str) -> str:
    """A format of automatic numbers with one slot for each part of a date."""
    return _PARTED.sub(lambda m: "".join(f"{{{p}}}" for p in _PIECE.findall(m[1])), text)


def _written_name_field(document: Document) -> Element:
    return element(
        "nameField",
        element("displayFormat", document["displayFormat"])
        if "displayFormat" in document
        else None,
        element("label", document["label"]),
        element("trackHistory", True) if document.get("trackHistory") else None,
        element("type", "AutoNumber" if document["type"] == "AutoNumber" else "Text"),
    )


def _label_of(name: str) -> str:
    return (
        name.removesuffix(CUSTOM).removesuffix(METADATA_TYPE).rpartition("__")[2].replace("_", " ")
    )


def _why_kept(name: str) -> str:
    if "__" in name:
        return _("Objects of this sort do nothing here.")
    return _("There is no standard object %(name)s here.", name=repr(name))


TRANSLATORS.register(CustomObjects())
