"""The Chinese catalogue: every text of the product, with the placeholders of its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from trellis.platform.i18n import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "platform/locale"
KEYWORDS = {"_": None, "lazy": None, "mark": None, "ngettext": (1, 2)}
#: Folders that hold no text of the product: the extractor would walk through all of them.
FOREIGN = {"tests", "vendor", "node_modules", "__pycache__"}

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_CALL = re.compile(r"""(?<![\w.$])_\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*[,)]""")
_LATIN_STOP = re.compile(r"[\u4e00-\u9fff”）][,.;:!?](?:\s|$)")
_TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def is_ours(folder: str) -> bool:
    name = Path(folder).name
    return name not in FOREIGN and not name.startswith(".")


@cache
def sources() -> dict[str, set[str]]:
    """{text: files}; a text with two forms goes by its first."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        method_map, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: dict[str, set[str]] = {}
    for path, _line, text, _comments, _context in extract_from_dir(
        ROOT, method_map, options, KEYWORDS, directory_filter=is_ours
    ):
        found.setdefault(text if isinstance(text, str) else text[0], set()).add(path)
    return found


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> dict[str, Message]:
    """{text: message}, without the head of the file."""
    found = (message for message in catalogue(language) if message.id)
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in found}


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def listed(found: set[str]) -> str:
    """The texts with their places, for whoever has to add them."""
    rows = (f"{text!r}  ({', '.join(sorted(sources().get(text, ())))})" for text in sorted(found))
    return "\n" + "\n".join(rows)


def files(suffix: str) -> Iterator[Path]:
    for part in ("platform", "metadata", "runtime", "builder", "seeds"):
        for path in sorted((ROOT / part).rglob(f"*{suffix}")):
            if not FOREIGN & set(path.relative_to(ROOT).parts):
                yield path


def called_in_python(path: Path) -> Iterator[str]:
    """The literal texts handed to `_` and its kin, also within an f-string."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            text = getattr(node.args[0], "value", None)
            if node.func.id in KEYWORDS and isinstance(text, str):
                yield text


def called_in_script(path: Path) -> Iterator[str]:
    for one, two in _CALL.findall(path.read_text("utf-8")):
        yield (one or two).replace("\\'", "'").replace('\\"', '"')


def texts_of_scripts() -> set[str]:
    return {text for text, places in sources().items() if any(p.endswith(".js") for p in places)}


@pytest.mark.parametrize("language", _TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    done = {
        text
        for text, message in messages(language).items()
        if not message.fuzzy and message.string and all(texts(message))
    }
    missing = set(sources()) - done
    assert not missing, listed(missing)


@pytest.mark.parametrize("language", _TRANSLATED)
def test_no_translation_is_left_of_a_text_that_is_gone(language: str) -> None:
    stale = set(messages(language)) - set(sources())
    assert not stale, listed(stale)
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", _TRANSLATED)
def test_translations_have_the_placeholders_of_their_source(language: str) -> None:
    other = {
        text
        for text, message in messages(language).items()
        for string in filter(None, texts(message))
        if set(_PLACEHOLDER.findall(message.id if isinstance(message.id, str) else message.id[-1]))
        != set(_PLACEHOLDER.findall(string))
    }
    assert not other, listed(other)


@pytest.mark.parametrize("language", _TRANSLATED)
def test_texts_of_scripts_are_known_to_be_of_scripts(language: str) -> None:
    """By its place alone a text is sent to the page."""
    wanted = texts_of_scripts()
    sent = {
        text
        for text, message in messages(language).items()
        if any(str(place[0]).endswith(".js") for place in message.locations)
    }
    assert wanted == sent, listed(wanted ^ sent)


def test_every_call_is_seen_by_the_extractor() -> None:
    """It overlooks calls within f-strings, and braces within `${…}` of JavaScript."""
    in_python = {text for path in files(".py") for text in called_in_python(path)}
    in_scripts = {text for path in files(".js") for text in called_in_script(path)}
    unseen = {text for text in in_python if text} - set(sources())
    unseen |= in_scripts - texts_of_scripts()
    assert not unseen, listed(unseen)


def test_chinese_sentences_end_with_chinese_marks() -> None:
    wrong = {t for t, m in messages("zh_CN").items() if _LATIN_STOP.search("\n".join(texts(m)))}
    assert not wrong, listed(wrong)
