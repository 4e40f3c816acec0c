"""What templates, scripts and sheets may hold: nothing that the content policy would refuse, no
text without translation, no icon that is not in the sprite, no more bytes than agreed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("platform", "runtime", "builder")
WEB = ROOT / "platform/web"
COMPONENTS = sorted((WEB / "templates/platform/components").glob("*.html"))

LARGEST_CSS = 18_500  # bytes of the sheets that every page has, each gzip
LARGEST_JS = 45_000  # bytes of our own modules on one page, gzip
MOST_MODULES = 15

DATA = {".py", ".json"}
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def templates() -> list[Path]:
    found = (path for floor in FLOORS for path in (ROOT / floor).glob("web/templates/**/*.html"))
    return sorted(found)


def scripts() -> list[Path]:
    found = (path for floor in FLOORS for path in (ROOT / floor).glob("web/static/js/**/*.js"))
    return sorted(found)


def sheets() -> list[Path]:
    found = (path for floor in FLOORS for path in (ROOT / floor).glob("web/static/css/**/*.css"))
    return sorted(found)


def hits(paths: list[Path], pattern: str, flags: int = 0) -> Iterator[str]:
    """`file:line: text` of each match, comments of templates left out."""
    for path in paths:
        text = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), path.read_text("utf-8"))
        for match in re.finditer(pattern, text, flags):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}: {match[0][:60]}"


FORBIDDEN = {
    "a style attribute": r"""\sstyle\s*=\s*["'{]""",
    "an event attribute": r"""\son(?!e\b)[a-z]{3,}\s*=\s*["'{]""",
    "an htmx script attribute": r"\bhx-on\b|data-hx-on",
    "a script value": r"""=\s*["']\s*(?:js|javascript):""",
    "a trigger filter": r"""hx-trigger\s*=\s*"[^"]*\[""",
    "a style element": r"<style\b",
    "an inline script": r"<script(?![^>]*\b(?:src=|type=\"application/json\"))",
    "a base element": r"<base\b",
    # Rich text is sanitised when it is saved and again when it is shown; literals are ours.
    "unescaped text": r"""(?<!["'])(?<!rich">\{\{ cell\.text)\s*\|\s*safe\b""",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds_what_the_content_policy_refuses(what: str) -> None:
    assert not list(hits(templates(), FORBIDDEN[what], re.IGNORECASE))


@pytest.mark.parametrize(
    "pattern",
    [
        r"\beval\s*\(",
        r"new Function\b",
        r"\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML|document\.write",
        r"\bunsafeHTML\b",
        r"""setAttribute\(\s*['"](?:style|on\w+)['"]""",
        r"""(?:html|svg)`[^`]*\sstyle=["']""",
    ],
)
def test_no_script_makes_code_or_markup_from_text(pattern: str) -> None:
    assert not list(hits(scripts(), pattern))


def test_scripts_and_sheets_name_no_other_server() -> None:
    address = r"""(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+"""
    found = hits([*scripts(), *sheets(), *templates()], address)
    allowed = ("www.w3.org", "example.com")
    assert not [hit for hit in found if not any(host in hit for host in allowed)]


def test_important_stands_in_no_sheet() -> None:
    """Inside a layer it would turn the order of layers round."""
    assert not list(hits(sheets(), r"!important"))


def test_every_sheet_stands_in_a_layer() -> None:
    assert not [path.name for path in sheets() if "@layer" not in path.read_text("utf-8")]


def test_every_page_says_its_language() -> None:
    base = (WEB / "templates/platform/base.html").read_text("utf-8")
    assert re.search(r'<html lang="\{\{ language', base)
    others = [path for path in templates() if path.name != "base.html"]
    assert not list(hits(others, r"<html\b"))


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    known = set((WEB / "frontend/icons.txt").read_text("utf-8").split())
    called = re.compile(r"""\b(?:icon|sign|tile|menu_icon)\(\s*["']([a-z0-9-]+)["']""")
    listed = re.compile(
        r"""\bmenu_(?:link|post)\([^{}]*?,\s*["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']"""
    )
    given = re.compile(r"""["']?\bicon["']?(?::\s*str)?\s*[:=]\s*["']([a-z0-9-]+)["']""")
    folders = (ROOT / floor for floor in ("metadata", "runtime", "builder", "seeds"))
    data = [path for folder in folders for path in folder.rglob("*") if path.suffix in DATA]
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for pattern, paths in (
            (called, [*templates(), *scripts()]),
            (listed, templates()),
            (given, data),
        )
        for path in paths
        for name in pattern.findall(path.read_text("utf-8"))
        if name not in known
    }
    assert not unknown


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_the_top_of_a_component_file_lists_its_macros(path: Path) -> None:
    text = path.read_text("utf-8")
    head = COMMENT.match(text)
    assert head, "the file starts with a comment"
    macros = re.findall(r"\{%-? macro ([a-z]\w*)\(", text)
    shared = {"html_attrs", "control", "csrf_field"}  # for other macros, not for pages
    assert not [name for name in macros if name not in shared and f"{name}(" not in head[0]]


MARKUP = re.compile(r"<(script|kbd|code)\b.*?</\1>|<[^>]*>|&\w+;", re.DOTALL)
ATTRIBUTE = re.compile(
    r"""[\w-]+=("[^"]*"|'[^']*')|\b(?:hidden|checked|selected|open|disabled|required|autofocus|readonly|multiple)\b"""
)
SAMPLES = {"gallery.html"}
ALLOWED = {"Trellis", "app-full", "paper"}  # the product, a class given by block


def bare_words(path: Path) -> list[str]:
    """The words of a template that stand neither in code nor in markup."""
    pieces = jinja2.Environment(autoescape=True).lex(path.read_text("utf-8"))
    text = "".join(value if kind == "data" else "" for _line, kind, value in pieces)
    text = ATTRIBUTE.sub("", MARKUP.sub(" ", text))
    return [word for word in re.findall(r"[A-Za-z-]{3,}", text) if word not in ALLOWED]


def test_no_text_of_a_template_goes_untranslated() -> None:
    found = {str(p.relative_to(ROOT)): bare_words(p) for p in templates() if p.name not in SAMPLES}
    assert not {path: words for path, words in found.items() if words}


def squeezed(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in paths)


def test_the_sheets_of_a_page_are_small() -> None:
    base = (WEB / "templates/platform/base.html").read_text("utf-8")
    listed = re.search(r"for sheet in \(([^)]*)\)", base)
    assert listed
    names = re.findall(r'"(\w+)"', listed[1])
    assert squeezed([WEB / f"static/css/{name}.css" for name in names]) <= LARGEST_CSS


def imported(path: Path, seen: set[Path]) -> set[Path]:
    """The module and all it imports at once, vendor libraries left out."""
    if path in seen or "vendor" in path.parts:
        return seen
    seen.add(path)
    for target in re.findall(r"^import\b[^'\n]*'([^']+)'", path.read_text("utf-8"), re.MULTILINE):
        imported((path.parent / target).resolve(), seen)
    return seen


def test_a_page_loads_few_and_small_modules_of_ours() -> None:
    js = WEB / "static/js"
    modules = imported(js / "app.js", set()) | imported(js / "dnd.js", set())
    assert len(modules) <= MOST_MODULES
    assert squeezed(sorted(modules)) <= LARGEST_JS


def test_the_frame_preloads_every_module_it_starts() -> None:
    js = WEB / "static/js"
    shell = (WEB / "templates/platform/shell.html").read_text("utf-8")
    needed = {path.stem for path in imported(js / "app.js", set())} - {"app"}
    listed = re.search(r"for module in \(([^)]*)\)", shell)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == needed
