"""Letters: large and small ones, their numbers, and texts that look like something."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from ....platform.i18n import _, lazy
from ..limits import MAX_TEXT
from ..typed import Type
from .base import NUMBER, TEXT, Family, FormulaError, function
from .words import too_long, whole

LETTERS = Family.TEXT
_WORD = re.compile(r"[^\W_]+")
_DOTTED = ("tr", "az")  # languages where I and i are two letters
MAX_LOOKED = 5_000  # characters that LIKE looks at
_ANY_RUN, _ANY_ONE = object(), object()


def _upper(text: str, language: str = "") -> str:
    if language.startswith(_DOTTED):
        text = text.replace("i", "İ")
    return _short(text.upper())


def _lower(text: str, language: str = "") -> str:
    if language.startswith(_DOTTED):
        text = text.replace("I", "ı").replace("İ", "i")
    return _short(text.lower())


def _capitals(text: str) -> str:
    return _short(_WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text))


def _short(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise too_long()
    return text


def _number_of(text: str) -> Decimal | None:
    return Decimal(ord(text[0])) if text else None


def _letter_of(number: Decimal) -> str:
    code = whole(number) if number < MAX_TEXT else int(min(number, Decimal(0x110000)))
    if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
        message = _("No character has the number %(number)s.", number=str(number)[:40])
        raise FormulaError("no_character", message)
    return chr(code)


def _like(text: str, pattern: str) -> bool:
    if max(len(text), len(pattern)) > MAX_LOOKED:
        message = _("A pattern looks at texts of at most %(n)s characters.", n=MAX_LOOKED)
        raise FormulaError("text_too_long", message)
    return _looks(text, list(_parts(pattern)))


def _parts(pattern: str) -> Any:
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            yield next(letters, letter)
        else:
            yield {"%": _ANY_RUN, "_": _ANY_ONE}.get(letter, letter)


def _looks(text: str, parts: list[Any]) -> bool:
    """Goes back to the last run only, so that it takes length times length at most."""
    at = place = 0
    run, kept = -1, 0
    while at < len(text):
        if place < len(parts) and parts[place] is _ANY_RUN:
            run, kept, place = place, at, place + 1
        elif place < len(parts) and parts[place] in (_ANY_ONE, text[at]):
            at, place = at + 1, place + 1
        elif run >= 0:
            kept += 1
            at, place = kept, run + 1
        else:
            return False
    return all(part is _ANY_RUN for part in parts[place:])


def _json_value(text: str, key: str) -> str:
    """Numbers stay as they are written."""
    if not text:
        return ""
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        message = _("%(text)s is not JSON.", text=repr(text)[:60])
        raise FormulaError("no_json", message) from None
    value = found.get(key) if isinstance(found, dict) else None
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


function(
    "UPPER",
    "UPPER(text, language)",
    lazy("The text in capitals; of a language that is named, like tr."),
    LETTERS,
    (TEXT, TEXT),
    Type.TEXT,
    _upper,
    optional=1,
)
function(
    "LOWER",
    "LOWER(text, language)",
    lazy("The text in small letters; of a language that is named, like tr."),
    LETTERS,
    (TEXT, TEXT),
    Type.TEXT,
    _lower,
    optional=1,
)
function(
    "INITCAP",
    "INITCAP(text)",
    lazy("Each word with a capital in front."),
    LETTERS,
    (TEXT,),
    Type.TEXT,
    _capitals,
)
function(
    "ASCII",
    "ASCII(text)",
    lazy("The number of the first character; blank for none."),
    LETTERS,
    (TEXT,),
    Type.NUMBER,
    _number_of,
)
function(
    "CHR",
    "CHR(number)",
    lazy("The character that has the number."),
    LETTERS,
    (NUMBER,),
    Type.TEXT,
    _letter_of,
)
function(
    "LIKE",
    "LIKE(text, pattern)",
    lazy("True when the text looks so: a percent sign is any characters, an underscore any one."),
    LETTERS,
    (TEXT, TEXT),
    Type.BOOLEAN,
    _like,
)
function(
    "JSONVALUE",
    "JSONVALUE(text, key)",
    lazy("What stands under the key in a text that is JSON."),
    LETTERS,
    (TEXT, TEXT),
    Type.TEXT,
    _json_value,
)
