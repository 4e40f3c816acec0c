"""What a page says after something was done: a toast, with Undo where there is a way back."""

from __future__ import annotations

from flask import flash


def say(
    text: str, *, undo: str = "", undo_label: str = "", link: str = "", kind: str = "ok"
) -> None:
    """Shows the text on the next page; `undo` is the URL that a press of Undo posts to."""
    flash({"text": text, "undo": undo, "link": link, "label": undo_label}, kind)  # type: ignore[arg-type]
