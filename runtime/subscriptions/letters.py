"""The letter: the tables as plain text, and as HTML of the kind that mail readers show.

Mail readers drop style sheets, scripts and inline SVG, so the HTML is tables with their looks on
each element, and no pictures: a chart comes as its numbers, with a link to the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...platform.i18n import _, current
from .figures import Table

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif"
_CELL = "padding:6px 10px;border-bottom:1px solid #d9dde3;font-size:14px;vertical-align:top"
_QUIET = "color:#5b6470;font-size:13px"


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter says, all of it in the reader's language."""

    title: str
    at: str  # the moment of the data, in words
    url: str
    settings_url: str
    tables: tuple[Table, ...]
    alert: str = ""  # what met the condition
    notes: tuple[str, ...] = ()


def text_of(content: Content) -> str:
    """The letter for readers of plain text."""
    parts = [f"{content.title}\n{content.at}", content.alert, content.url]
    parts += [_table_text(table) for table in content.tables]
    parts += [*content.notes, _last(content)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table_text(table: Table) -> str:
    lines = [table.title, table.refusal, table.figure]
    lines += [" | ".join(line) for line in (table.heads, *table.rows) if line]
    return "\n".join(line for line in [*lines, *table.notes] if line)


def _last(content: Content) -> str:
    return _("Your subscriptions, and how to end them: %(link)s", link=content.settings_url)


def html_of(content: Content) -> str:
    """The letter for everybody else."""
    head = Markup(
        '<!doctype html><html lang="%s"><head><meta charset="utf-8"><title>%s</title></head>'
        '<body style="margin:0;padding:16px;background:#ffffff;color:#1c2430;%s">'
        '<div style="max-width:720px"><h1 style="font-size:20px;margin:0 0 4px">%s</h1>'
        '<p style="margin:0 0 12px;%s">%s</p>'
    ) % (
        current().language.replace("_", "-"), content.title, _FONT, content.title,
        _QUIET, content.at,
    )  # fmt: skip
    link = Markup('<p><a href="%s" style="color:#1f5fbf">%s</a></p>') % (
        content.url,
        _("Open it in Trellis, with its charts"),
    )
    alert = _paragraph(content.alert, "font-size:15px;font-weight:600") if content.alert else ""
    notes = [_paragraph(note, _QUIET) for note in content.notes]
    last = Markup('<p style="%s">%s <a href="%s" style="color:#1f5fbf">%s</a></p>') % (
        _QUIET, _("You get this letter because of a subscription."), content.settings_url,
        _("My subscriptions"),
    )  # fmt: skip
    body = [head, alert, link, *map(_table_html, content.tables), *notes, last]
    return str(Markup("").join(body) + Markup("</div></body></html>"))


def _paragraph(text: str, style: str) -> Markup:
    return Markup('<p style="%s">%s</p>') % (style, text)


def _table_html(table: Table) -> Markup:
    parts = []
    if table.title:
        parts.append(Markup('<h2 style="font-size:16px;margin:20px 0 6px">%s</h2>') % table.title)
    if table.refusal:
        parts.append(_paragraph(table.refusal, _QUIET))
    if table.figure:
        parts.append(_paragraph(table.figure, "font-size:26px;margin:0"))
    if table.rows:
        parts.append(_grid(table))
    return Markup("").join([*parts, *(_paragraph(note, _QUIET) for note in table.notes)])


def _grid(table: Table) -> Markup:
    last = len(table.rows) - 1 if table.has_total else -1
    lines = [_row(table, line, "td", is_bold=n == last) for n, line in enumerate(table.rows)]
    opening = Markup(
        '<table cellpadding="0" cellspacing="0" style="border-collapse:collapse;width:100%">'
    )
    heads = _row(table, table.heads, "th", is_bold=True)
    return opening + heads + Markup("").join(lines) + Markup("</table>")


def _row(table: Table, line: Sequence[str], tag: str, *, is_bold: bool) -> Markup:
    cells = []
    for n, text in enumerate(line):
        side = "right" if n in table.numbers else "left"
        weight = "600" if is_bold else "400"
        style = f"{_CELL};text-align:{side};font-weight:{weight}"
        cells.append(Markup('<%s style="%s">%s</%s>') % (tag, style, text, tag))
    return Markup("<tr>%s</tr>") % Markup("").join(cells)
