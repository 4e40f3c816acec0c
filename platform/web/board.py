"""The cards of a board's columns, as markup.

A board draws a hundred cards and more, so this is Python and not a template (see ADR 007).
Everything that is not markup already is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from ..db.values import dump_json
from ..i18n import _
from .assets import asset_url

Card = Mapping[str, Any]  # as `board` of components/board.html takes it


def board_cards(cards: Sequence[Card]) -> Markup:
    """The `<li>`s of one column."""
    return Markup("\n").join(map(_card, cards))


def _card(card: Card) -> Markup:
    title = str(card["title"])
    cells = "".join(
        f'<span class="bc-c{" b" if strong else ""}">{escape(cell)}</span>'
        for cell, strong in card["cells"]
        if cell
    )
    body = f'<div class="bc-b">{cells}</div>' if cells else ""
    return Markup(
        f'<li class="bc-card"{_move(card, title)}><div class="bc-h">'
        f'<a class="bc-t" href="{escape(card["url"])}" draggable="false" data-lift>'
        f"{escape(title)}</a>"
        f"{_button(card, title)}</div>{body}</li>"
    )


def _move(card: Card, title: str) -> str:
    if not card.get("move_url"):
        return ""
    zones = card.get("zones")
    only = "" if zones is None else f' data-zones="{escape(dump_json(zones))}"'
    return (
        f' data-drag="{escape(card["id"])}" data-move-url="{escape(card["move_url"])}"'
        f' data-version="{escape(card["version"])}" data-label="{escape(title)}"{only}'
    )


def _button(card: Card, title: str) -> str:
    if not card.get("move_url"):
        return ""
    label = escape(_("Move %(name)s to…", name=title))
    sprite = asset_url("platform/vendor/icons.svg")
    sign = f'<svg class="i i-s" aria-hidden="true"><use href="{sprite}#move"></use></svg>'
    return (
        f'<a class="ib ib-s bc-mv" href="{escape(card["move_url"])}" data-sheet'
        f' aria-label="{label}">{sign}</a>'
    )
