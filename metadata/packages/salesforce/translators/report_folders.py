"""ReportFolder and DashboardFolder: to whom what is in them is shared."""

from __future__ import annotations

from collections.abc import Iterator

from .....platform.i18n import _
from ....circles import EVERYBODY, GROUP, KIND_OF, ROLE, ROLE_AND_BELOW
from ....definition import Document
from ....kinds.report_folder import EDIT, LEVELS, VIEW
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
    stated,
)

_CIRCLES = {
    "Group": GROUP, "Role": ROLE, "RoleAndSubordinates": ROLE_AND_BELOW,
    "RoleAndSubordinatesInternal": ROLE_AND_BELOW, "Organization": EVERYBODY,
}  # fmt: skip
_TYPES = {
    GROUP: "Group", ROLE: "Role", ROLE_AND_BELOW: "RoleAndSubordinates", EVERYBODY: "Organization",
}  # fmt: skip
_LEVELS = {**{one: one for one in LEVELS}, "EditAllContents": EDIT}
_PUBLIC = {"ReadOnly": VIEW, "ReadWrite": EDIT}
SEPARATOR = "/"


class Folders(Translator):
    """A folder; shares to what is not here are left out, so that nobody sees more than before."""

    reads = frozenset({"name", "accessType", "publicFolderAccess", "folderShares"})
    may_lack = frozenset({"shares"})

    def __init__(self, name: str, order: int) -> None:
        self.name, self.kind, self.order = name, name, order  # type: ignore[misc]

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        rows, notes = list[Draft](), []
        for one in tree.all("folderShares"):
            if (row := _share(one, ground)) is not None:
                rows.append(row)
            else:
                who = one.value("sharedTo")
                notes.append(_("The share to %(name)s does nothing here.", name=repr(who)))
        if not rows and tree.value("accessType").startswith("Public"):
            rows = [{"type": EVERYBODY, "level": _PUBLIC.get(
                tree.value("publicFolderAccess"), VIEW)}]  # fmt: skip
        label = plain(tree.value("name")) or component.name.rpartition(SEPARATOR)[2]
        draft = {"name": component.name, "label": label, "shares": rows}
        return Translated((stated(draft),), tuple(notes))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        for row in document.get("shares", ()):
            name = row.get("name") or "AllInternalUsers"
            yield element(
                "folderShares", element("accessLevel", row.get("level", VIEW)),
                element("sharedTo", name), element("sharedToType", _TYPES[row["type"]]),
            )  # fmt: skip
        yield element("name", document["label"])


def _share(one: Element, ground: Ground) -> Draft | None:
    type_ = _CIRCLES.get(one.value("sharedToType"))
    level = _LEVELS.get(one.value("accessLevel"))
    if type_ is None or level is None:
        return None
    if type_ == EVERYBODY:
        return {"type": EVERYBODY, "level": level}
    name = plain(one.value("sharedTo"))
    if ground.snapshot.find(KIND_OF[type_], name) is None:
        return None
    return {"type": type_, "name": name, "level": level}


# -- what is in folders --------------------------------------------------------------------------


def name_of(component: Component, ground: Ground, kind: str) -> tuple[str, str]:
    """(our name, folder) of a report or dashboard: with its folder where the short one is taken."""
    folder, _mark, local = component.name.rpartition(SEPARATOR)
    known = ground.snapshot.find(kind, local)
    is_taken = known is not None and known.folder != folder
    twins = [
        key for key in ground.by_key
        if key.startswith(f"{component.type}:") and key.rpartition(SEPARATOR)[2] == local
    ]  # fmt: skip
    if is_taken or (len(twins) > 1 and twins[0] != component.key):
        return f"{folder}{SEPARATOR}{local}", folder
    return local, folder


def full_name(document: Document) -> str:
    """What Salesforce calls a report or dashboard."""
    return f"{document['folder']}{SEPARATOR}{str(document['name']).rpartition(SEPARATOR)[2]}"


TRANSLATORS.register(Folders("ReportFolder", 61))
TRANSLATORS.register(Folders("DashboardFolder", 62))
