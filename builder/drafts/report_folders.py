"""Folders of reports as change sets: their words, and the circles of people that have them."""

from __future__ import annotations

from dataclasses import dataclass

from ...metadata.circles import Circle
from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.report_folder import FolderShare, ReportFolder
from ...metadata.snapshot import Snapshot
from ...platform.errors import require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid
from .permits import check_label, free_name

KIND = "ReportFolder"


@dataclass(frozen=True, slots=True)
class SaidFolder:
    """What is said of a folder; the last share of a circle counts."""

    label: str
    description: str = ""
    shares: tuple[FolderShare, ...] = ()


def said_of(folder: ReportFolder, snapshot: Snapshot) -> SaidFolder:
    """A folder as its form shows it."""
    words = snapshot.label(folder), snapshot.label(folder, "description")
    return SaidFolder(*words, folder.shares)


def new_folder(snapshot: Snapshot, said: SaidFolder) -> ChangeSet:
    """The change set of a new folder."""
    require(check_label(snapshot, KIND, said.label))
    document: Draft = {
        "kind": KIND, "uid": new_uid(), "name": free_name(snapshot, KIND, said.label),
    }  # fmt: skip
    return ChangeSet((_with(document, said),), (), _("%(name)s created", name=said.label))


def edited_folder(snapshot: Snapshot, folder: ReportFolder, said: SaidFolder) -> ChangeSet:
    """The change set of other words or shares."""
    require(check_label(snapshot, KIND, said.label, folder.uid))
    return ChangeSet((_with(draft(folder), said),), (), _("%(name)s changed", name=said.label))


def deleted_folder(folder: ReportFolder) -> ChangeSet:
    """The change set that puts an empty folder into the bin."""
    return ChangeSet((), (Uid(folder.uid),), _("%(name)s deleted", name=folder.label))


def _with(document: Draft, said: SaidFolder) -> Draft:
    document |= {"label": said.label, "description": said.description}
    levels: dict[Circle, str] = {share.circle: share.level for share in said.shares}
    document["shares"] = [_row(circle, level) for circle, level in levels.items()]
    return {key: value for key, value in document.items() if value not in ("", [])}


def _row(circle: Circle, level: str) -> Draft:
    row = {"type": circle.type, "level": level}
    return {**row, "name": circle.name} if circle.name else row
