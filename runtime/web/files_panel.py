"""The panel of files on the page of a record; how a file and its versions stand in lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from ...platform import clock
from ...platform.attachments import StoredFile, Version, counted_files, list_files
from ...platform.i18n import _, format_ago, format_bytes, format_datetime, lazy
from ...platform.web.current import config
from ..files.service import KEPT_DAYS
from ..query.run import find_titles
from .panels import PANELS, Panel, Place, Spot
from .scope import Here

NAME = "files"  # of the tab
LARGEST_PREVIEW = 12_000_000  # bytes

#: {ending: (sign, tone)}; pictures and what is not known have their own
LOOKS: Mapping[str, tuple[str, int]] = {
    **dict.fromkeys(("pdf",), ("file-text", 5)),
    **dict.fromkeys(("doc", "docx", "md", "odt", "rtf", "txt"), ("file-text", 1)),
    **dict.fromkeys(("csv", "ods", "xls", "xlsx"), ("file-spreadsheet", 3)),
    **dict.fromkeys(("odp", "ppt", "pptx"), ("file-chart-column", 2)),
    **dict.fromkeys(("7z", "gz", "rar", "tar", "zip"), ("archive", 8)),
    **dict.fromkeys(("eml", "msg"), ("mail", 6)),
    **dict.fromkeys(("css", "htm", "html", "js", "json", "svg", "xml"), ("code", 8)),
}
PICTURE, OTHER = ("image", 4), ("file", 8)


@dataclass(frozen=True, slots=True)
class Row:
    """A file, or a version of one, as lists show it."""

    id: str
    name: str
    url: str  # of the download
    icon: str
    tone: int
    preview: str  # address of the picture, "" for what is none
    size: str
    who: str
    when: str
    at: str  # the same in full
    number: int
    note: str = ""


def _draw(place: Place) -> Markup:
    live = list_files(place.connection, place.record.id)
    gone = list_files(place.connection, place.record.id, deleted=True) if place.may_edit else ()
    titles = titles_of(place.connection, place.scope, (one.newest for one in (*live, *gone)))
    return Markup(  # noqa: S704 - a template of ours
        render_template(
            "runtime/files_panel.html",
            record_id=place.record.id,
            rows=[file_row(one, titles) for one in live],
            deleted=[file_row(one, titles) for one in gone],
            days=KEPT_DAYS,
            may_edit=place.may_edit,
            back=tab_url(place.record.id),
            **limits(),
        )
    )


PANELS.register(
    Panel(
        NAME,
        lazy("Files"),
        Spot.TAB,
        30,
        _draw,
        applies=lambda obj, _scope: obj.storage != "people",
        counted=counted_files,
    )
)


def tab_url(record_id: str) -> str:
    return url_for("pages.record", record_id=record_id, tab=NAME)


def limits() -> dict[str, Any]:
    most = config().upload_bytes
    return {
        "limit": most,
        "too_large": _("The file is larger than %(limit)s.", limit=format_bytes(most)),
        "at_most": _("Up to %(limit)s each.", limit=format_bytes(most)),
    }


def titles_of(connection: Connection, scope: Here, versions: Iterable[Version]) -> dict[str, str]:
    """{id: name} of the people who sent them."""
    return find_titles(connection, scope.actor, scope.snapshot, {one.by_id for one in versions})


def file_row(file: StoredFile, titles: Mapping[str, str]) -> Row:
    return row_of(file, file.newest, file.name, titles)


def row_of(file: StoredFile, version: Version, name: str, titles: Mapping[str, str]) -> Row:
    is_newest = version.number == file.newest.number
    url = (
        url_for("pages.download_file", file_id=file.id)
        if is_newest
        else url_for("pages.download_version", file_id=file.id, number=version.number)
    )
    shown = is_newest and not file.deleted_at and is_shown(version)
    icon, tone = _look(version)
    return Row(
        file.id,
        name,
        url,
        icon,
        tone,
        url_for("pages.preview_file", file_id=file.id) if shown else "",
        format_bytes(version.size),
        titles.get(version.by_id, ""),
        format_ago(version.at, clock.now()),
        format_datetime(version.at),
        version.number,
        version.note,
    )


def is_shown(version: Version) -> bool:
    return bool(version.picture) and version.size <= LARGEST_PREVIEW


def _look(version: Version) -> tuple[str, int]:
    """(sign, tone) of a version."""
    if version.picture:
        return PICTURE
    return LOOKS.get(version.name.rpartition(".")[2].casefold(), OTHER)
