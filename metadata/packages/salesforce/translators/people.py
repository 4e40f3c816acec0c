"""Role, Group, Queue and SharingRules: who stands where, and who gets to whose records.

Who is in a role, group or queue is the org's data, and in no file that is read here.
"""

from __future__ import annotations

from collections.abc import Iterator

from .....platform.i18n import _
from .....platform.ids import derived_id
from ....circles import EVERYBODY, GROUP, QUEUE, ROLE, ROLE_AND_BELOW
from ....definition import Document
from ....kinds.queue import KEY_PREFIX
from ....kinds.role import CHILD_LEVELS
from ....kinds.sharing_rule import CRITERIA, OWNER
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
from .list_view import filter_row

#: {circle there: circle here}
CIRCLES = {
    "role": ROLE, "roleAndSubordinates": ROLE_AND_BELOW, "group": GROUP, "queue": QUEUE,
    "roleAndSubordinatesInternal": ROLE_AND_BELOW, "allInternalUsers": EVERYBODY,
}  # fmt: skip
#: what a queue's file calls those who may be members here: (list, element, circle)
_MEMBERS = (
    ("roles", "role", ROLE), ("roleAndSubordinates", "roleAndSubordinate", ROLE_AND_BELOW),
    ("roleAndSubordinatesInternal", "roleAndSubordinateInternal", ROLE_AND_BELOW),
    ("publicGroups", "publicGroup", GROUP),
)  # fmt: skip


class Roles(Translator):
    """A place in the tree of roles; where the role above is not here, it stands at the top."""

    name = "Role"
    kind = "Role"
    order = 54
    reads = frozenset({"name", "description", "parentRole", *CHILD_LEVELS.values()})
    may_lack = frozenset({"description", "parentRole", *CHILD_LEVELS.values()})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        words = ("parentRole", *CHILD_LEVELS.values())
        draft = _head(component) | {word: plain(tree.value(word)) for word in words}
        return Translated((stated(draft),))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        for word in ("description", "parentRole", *CHILD_LEVELS.values()):
            if document.get(word):
                yield element(word, document[word])
        yield element("name", document["label"])


class Groups(Translator):
    """A public group, without the people who are in it."""

    name = "Group"
    kind = "Group"
    order = 55
    reads = frozenset({"name", "description", "doesIncludeBosses"})
    may_lack = frozenset({"description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        bosses = component.root.flag("doesIncludeBosses", True)
        return Translated((_head(component) | {"doesIncludeBosses": bosses},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("description"):
            yield element("description", document["description"])
        yield element("doesIncludeBosses", bool(document.get("doesIncludeBosses", True)))
        yield element("name", document["label"])


class Queues(Translator):
    """A queue with its roles and groups; how work is routed to it is only kept."""

    name = "Queue"
    kind = "Queue"
    order = 56
    reads = frozenset({"name", "email", "queueSobject", "queueMembers"})
    may_lack = frozenset({"objects", "members", "email"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        members = tree.find("queueMembers") or Element("queueMembers")
        circles = [
            {"type": circle, "name": plain(name)}
            for group, one, circle in _MEMBERS
            for found in members.all(group)
            for name in found.values(one)
        ]
        draft = _head(component) | {
            "uid": derived_id(KEY_PREFIX, f"{ground.project.name}:{component.name}"),
            "email": tree.value("email"),
            "objects": [plain(row.value("sobjectType")) for row in tree.all("queueSobject")],
            "members": [c for i, c in enumerate(circles) if c not in circles[:i]],
        }
        note = _("queueMembers: people are no part of a package.")
        has_people = members.find("users") is not None
        return Translated((stated(draft),), (note,) if has_people else ())

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("email"):
            yield element("email", document["email"])
        yield element("name", document["label"])
        groups = [
            element(group, *(element(one, row["name"]) for row in document.get("members", ())
                             if row["type"] == circle))
            for group, one, circle in _MEMBERS if not group.endswith("Internal")
        ]  # fmt: skip
        if members := [group for group in groups if group.children]:
            yield element("queueMembers", *members)
        for name in document.get("objects", ()):
            yield element("queueSobject", element("sobjectType", name))


class SharingRules(Translator):
    """The rules of one object, each a rule of its own here.

    They are read and not written: the file is written again as it came.
    """

    name = "SharingRules"
    kind = "SharingRule"
    order = 57
    reads = frozenset({"sharingCriteriaRules", "sharingOwnerRules"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, notes, drafts = component.root, list[str](), list[Draft]()
        for kind, name in ((OWNER, "sharingOwnerRules"), (CRITERIA, "sharingCriteriaRules")):
            for row in tree.all(name):
                draft = _rule(kind, row, component.name, ground)
                if draft is None:
                    notes.append(_("%(name)s shares with or from nobody who is known here.",
                                   name=row.value("fullName")))  # fmt: skip
                else:
                    drafts.append(draft)
        rest = sorted({child.name for child in tree.children} - self.reads - {"#comment"})
        notes += [_("%(what)s: they do nothing here.", what=name) for name in rest]
        if not drafts:
            raise refuse("sharing", " ".join(notes) or _("There is no rule in it."))
        return Translated(tuple(drafts), tuple(notes))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        return iter(())

    def full_name(self, document: Document) -> str:
        return str(document["object"])

    def stands_alone(self, document: Document) -> bool:
        return False


def _head(component: Component) -> Draft:
    tree = component.root
    label = plain(tree.value("name")) or component.name.replace("_", " ")
    description = plain(tree.value("description"))[:1000]
    return stated({"name": component.name, "label": label[:255], "description": description})


def _rule(kind: str, row: Element, owner: str, ground: Ground) -> Draft | None:
    """One rule; None when one of its circles is none here."""
    shared_to = _circle(row.find("sharedTo"))
    shared_from = _circle(row.find("sharedFrom")) if kind == OWNER else None
    if shared_to is None or (kind == OWNER and shared_from is None):
        return None
    local = plain(row.value("fullName"))
    items = row.all("criteriaItems")
    levels = row.find("accountSettings")
    said = {key: levels.value(key) for key in CHILD_LEVELS.values()} if levels else {}
    return stated(
        {
            "name": f"{owner}.{local}",
            "label": plain(row.value("label"))[:255] or local,
            "description": plain(row.value("description"))[:1000],
            "object": owner,
            "type": kind,
            "access": row.value("accessLevel", "Read"),
            "sharedTo": shared_to,
            "sharedFrom": shared_from,
            "filters": [filter_row(i, item, owner, ground) for i, item in enumerate(items)],
            "booleanFilter": row.value("booleanFilter"),
            "accountSettings": stated(said),
        }
    )


def _circle(tree: Element | None) -> Draft | None:
    """The first circle that a rule names, if it is one of ours."""
    first = tree.children[0] if tree is not None and tree.children else None
    circle = CIRCLES.get(first.name) if first is not None else None
    if first is None or circle is None:
        return None
    return {"type": circle} if circle == EVERYBODY else {"type": circle, "name": plain(first.text)}


for _translator in (Roles(), Groups(), Queues(), SharingRules()):
    TRANSLATORS.register(_translator)
