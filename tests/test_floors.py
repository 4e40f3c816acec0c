"""The floors hold: imports run down only, late and type-checking imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("platform", "metadata", "runtime", "builder")  # ground first
ROOF = ("wsgi", "tests", "seeds")  # no floor may import these


def absolute_name(path: Path, root: Path, node: ast.ImportFrom) -> str:
    """The dotted name an import-from reaches, from the root, with its dots resolved."""
    if not node.level:
        return (node.module or "").removeprefix("trellis.")
    here = path.relative_to(root).parent.parts
    if node.level - 1 > len(here):
        return "<above the root>"
    base = here[: len(here) - node.level + 1]
    return ".".join((*base, *(node.module or "").split("."))).strip(".")


def imported_names(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Every (line, dotted name) the module imports, wherever in its text the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("trellis."):
                    yield node.lineno, alias.name.removeprefix("trellis.")
        elif isinstance(node, ast.ImportFrom):
            name = absolute_name(path, root, node)
            # `from .. import runtime` names the floor among the aliases
            inside = node.level or (node.module or "").split(".")[0] == "trellis"
            if inside and name in ("", "trellis"):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif inside:
                yield node.lineno, name


def floors_imported(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """(line, first part of the name) for each import of ours in the module."""
    return ((line, name.split(".")[0]) for line, name in imported_names(path, root))


def modules_of(floor: str, root: Path = ROOT) -> list[Path]:
    return sorted(path for path in (root / floor).rglob("*.py") if "node_modules" not in path.parts)


@pytest.mark.parametrize("floor", FLOORS)
def test_no_module_imports_a_floor_above_its_own(floor: str) -> None:
    above = (*FLOORS[FLOORS.index(floor) + 1 :], *ROOF)
    assert not [
        f"{path.relative_to(ROOT)}:{line} imports {top}"
        for path in modules_of(floor)
        for line, top in floors_imported(path)
        if top in above
    ]


@pytest.mark.parametrize("floor", FLOORS)
def test_floors_import_each_other_by_relative_names(floor: str) -> None:
    assert not [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_of(floor)
        if "build" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and not node.level and is_ours(node.module or ""))
        or (isinstance(node, ast.Import) and any(is_ours(alias.name) for alias in node.names))
    ]


def is_ours(name: str) -> bool:
    return name.split(".")[0] == "trellis"


@pytest.mark.parametrize("floor", FLOORS)
def test_no_floor_is_imported_by_its_bare_name(floor: str) -> None:
    """`import metadata` would work from the root by chance, and nowhere else."""
    bare = set(FLOORS) - {"platform"}  # `import platform` means the standard library's
    assert not [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules_of(floor)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] in bare
        )
        or (
            isinstance(node, ast.Import)
            and any(alias.name.split(".")[0] in bare for alias in node.names)
        )
    ]


def test_the_top_level_holds_only_what_the_map_shows() -> None:
    drawn = {*FLOORS, "seeds", "tests"}
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    made = {"build", "dist", "var", "trellis.egg-info"}  # ignored by git
    assert found - made - drawn == set()
    assert {path.name for path in ROOT.glob("*.py")} == {"__init__.py", "wsgi.py"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from ..runtime import tables", ["runtime"]),
        ("from .. import runtime", ["runtime"]),
        ("def f():\n    from ..builder.web import pages", ["builder"]),
        ("if TYPE_CHECKING:\n    from ..runtime.query import plan", ["runtime"]),
        ("import trellis.runtime.query", ["runtime"]),
        ("from trellis import wsgi", ["wsgi"]),
        ("from .names import check", ["metadata"]),
        ("import json\nfrom flask import Flask", []),
    ],
)
def test_the_walk_sees_every_way_to_import(source: str, found: list[str], tmp_path: Path) -> None:
    path = tmp_path / "metadata" / "sample.py"
    path.parent.mkdir()
    path.write_text(source)
    assert [top for _, top in floors_imported(path, tmp_path)] == found
