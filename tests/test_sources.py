"""What no source file may do, found by reading the sources and running nothing."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("platform", "metadata", "runtime", "builder")
BUILD = ROOT / "platform/web/build"
LONGEST = 500  # lines of a module


@cache
def modules() -> tuple[Path, ...]:
    """Every Python file that is shipped."""
    found = (p for folder in (*FLOORS, "seeds") for p in (ROOT / folder).rglob("*.py"))
    kept = (p for p in found if p.parent != BUILD and "node_modules" not in p.parts)
    return (ROOT / "__init__.py", *sorted(kept), *(p for p in [ROOT / "wsgi.py"] if p.exists()))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def places(wanted: Callable[[ast.AST], bool], *, but: tuple[str, ...] = ()) -> list[str]:
    """`file:line` of every syntax node that `wanted` picks, outside the files named in `but`."""
    return [
        f"{named(path)}:{getattr(node, 'lineno', 0)}"
        for path in modules()
        if not named(path).startswith(but or ("<none>",))
        for node in ast.walk(tree_of(path))
        if wanted(node)
    ]


def called(node: ast.AST) -> str:
    """The dotted name of what the node calls, or an empty string."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(node: ast.AST) -> tuple[str, ...]:
    """The modules from outside the product that the node imports."""
    if isinstance(node, ast.Import):
        return tuple(alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and not node.level:
        return (node.module or "",)
    return ()


def test_text_is_never_run_as_code() -> None:
    runs = {"eval", "exec", "compile", "__import__"}
    assert not places(lambda node: called(node) in runs)


def test_nothing_is_unpickled_and_no_yaml_is_loaded() -> None:
    unsafe = {"pickle", "cPickle", "dill", "marshal", "shelve", "yaml"}
    assert not places(lambda node: any(n.split(".")[0] in unsafe for n in imports(node)))


def test_no_text_from_a_person_is_a_format_string() -> None:
    """`format_map` and `"…".format(**record)` would let a template walk over attributes."""

    def formats(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return False
        literal = isinstance(node.func.value, ast.Constant)
        return node.func.attr == "format_map" or (
            node.func.attr == "format"
            and not literal
            and isinstance(node.func.value, ast.Name)
            and any(keyword.arg is None for keyword in node.keywords)
        )

    assert not places(formats)


def test_no_template_is_made_from_a_string() -> None:
    made = {"render_template_string", "from_string"}
    assert not places(lambda node: called(node).split(".")[-1] in made)


def test_sql_text_is_never_put_together_from_values() -> None:
    """Physical names are generated and quoted in one place; values are always bound."""

    def composed(node: ast.AST) -> bool:
        if called(node) not in {"sa.text", "text", "sqlalchemy.text"}:
            return False
        assert isinstance(node, ast.Call)
        return bool(node.args) and is_composed(node.args[0])

    assert not places(composed, but=("platform/db/",))


def is_composed(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) or is_composed(node.left) or is_composed(node.right)
    return isinstance(node, ast.Call) and called(node).endswith(("format", "join"))


def test_chance_for_secrets_comes_from_secrets_alone() -> None:
    """`random` is for made-up demo data and for the wait between two tries of a transaction."""
    allowed = ("seeds/demo/", "platform/db/")
    assert not places(lambda node: "random" in imports(node), but=allowed)


def test_only_the_clock_reads_the_wall_clock() -> None:
    readings = {"now", "utcnow", "today"}

    def reads(node: ast.AST) -> bool:
        name = called(node)
        owner, _, verb = name.rpartition(".")
        return name == "time.time" or (
            verb in readings and owner.split(".")[-1] in {"datetime", "date", "dt"}
        )

    assert not places(reads, but=("platform/clock.py",))


def test_only_commands_print() -> None:
    def prints(node: ast.AST) -> bool:
        return called(node) == "print"

    found = places(prints)
    assert not [place for place in found if not re.search(r"(^|/)cli(/|\.py)|__main__", place)]


def test_no_model_of_sqlalchemy_is_mapped_to_a_class() -> None:
    assert not places(lambda node: any(n.startswith("sqlalchemy.orm") for n in imports(node)))


@pytest.mark.parametrize("floor", FLOORS)
def test_no_module_is_longer_than_five_hundred_lines(floor: str) -> None:
    long = {
        named(path): count
        for path in modules()
        if named(path).startswith(f"{floor}/")
        and (count := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_every_module_says_what_it_is_in_charge_of() -> None:
    assert not [named(path) for path in modules() if not ast.get_docstring(tree_of(path))]


def test_no_module_hides_behind_an_empty_name() -> None:
    vague = re.compile(r"(utils?|helpers?|managers?|misc|common|data|info)")
    assert not [named(path) for path in modules() if vague.fullmatch(path.stem)]


def templates() -> Iterator[Path]:
    for floor in FLOORS:
        yield from sorted((ROOT / floor).rglob("templates/**/*.html"))


INLINE = {
    "a style attribute": re.compile(r"<[^>{]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "code run by htmx": re.compile(r"hx-on|[\"']js:|hx-vars", re.IGNORECASE),
    "a script of its own": re.compile(
        r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
    ),
    "an address elsewhere": re.compile(r"(src|srcset|action)\s*=\s*[\"'](https?:)?//"),
    "text marked safe": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}


@pytest.mark.parametrize("what", INLINE)
def test_no_template_holds(what: str) -> None:
    assert not [
        f"{named(path)}: {match.group(0)[:60]}"
        for path in templates()
        for match in INLINE[what].finditer(path.read_text("utf-8"))
    ]


def test_no_stylesheet_or_script_fetches_from_elsewhere() -> None:
    fetch = re.compile(r"(url\(\s*[\"']?|@import\s+[\"']|from\s+[\"']|import\([\"'])(https?:)?//")
    found = (
        path
        for floor in FLOORS
        for suffix in ("*.css", "*.js")
        for path in sorted((ROOT / floor).rglob(f"static/**/{suffix}"))
        if "vendor" not in path.parts
    )
    assert not [named(path) for path in found if fetch.search(path.read_text("utf-8"))]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    homes = re.compile("|".join((r"/(?:root|home)/\w", r"/Users/\w")))
    own = {"tests/test_sources.py", "tests/test_docs.py"}
    assert not [
        f"{name}: {match.group(0)}"
        for name in listed
        if name not in own and (ROOT / name).is_file() and is_text(ROOT / name)
        for match in [homes.search((ROOT / name).read_text("utf-8"))]
        if match
    ]


def is_text(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
