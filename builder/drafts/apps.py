"""Apps and tabs as change sets."""

from __future__ import annotations

from collections.abc import Sequence

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_application import CustomApplication
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, new_uid


def new_app(snapshot: Snapshot, label: str, icon: str, tabs: Sequence[str]) -> ChangeSet:
    """The change set of a new app with its tabs in order."""
    name = api_name(label) or f"App_{len(snapshot.of_kind('CustomApplication')) + 1}"
    if not label.strip():
        raise Rejected(Problem("app.label", ("label",), _("The app needs a name.")))
    if snapshot.find("CustomApplication", name):
        message = _("There is already an app of this name.")
        raise Rejected(Problem("app.exists", ("label",), message))
    document: Draft = {
        "kind": "CustomApplication",
        "uid": new_uid(),
        "name": name,
        "label": label,
        "icon": icon or "layers",
        "tone": 1,
        "tabs": list(tabs),
    }
    return ChangeSet((document,), (), _("New app %(label)s", label=label))


def edited_app(app: CustomApplication, label: str, icon: str, tabs: Sequence[str]) -> ChangeSet:
    """The change set of an app's new name, icon and tabs."""
    document = draft(app) | {"label": label, "icon": icon or "layers", "tabs": list(tabs)}
    return ChangeSet((document,), (), _("App %(label)s changed", label=label))


def new_tab(obj: CustomObject, apps: Sequence[CustomApplication]) -> ChangeSet:
    """The change set that gives an object a tab and puts it at the end of some apps."""
    tab: Draft = {"kind": "CustomTab", "uid": new_uid(), "name": obj.name, "object": obj.name}
    changed = [draft(app) | {"tabs": [*app.tabs, obj.name]} for app in apps]
    return ChangeSet((tab, *changed), (), _("New tab %(label)s", label=obj.label))
