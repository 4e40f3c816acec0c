"""What is installed: the packages, the files of the wheel, a `platform` that shadows nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("platform", "metadata", "runtime", "builder")
BACKEND = ROOT / "platform/web/build"
SUFFIXES = {".py", ".html", ".css", ".js", ".svg", ".png", ".woff2", ".po", ".md", ".json", ".csv"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def packages_of_the_tree() -> list[str]:
    shipped = (*FLOORS, "seeds")
    folders = {path.parent for floor in shipped for path in (ROOT / floor).rglob("*.py")}
    folders.discard(BACKEND)
    names = (".".join(("trellis", *folder.relative_to(ROOT).parts)) for folder in folders)
    return sorted({"trellis", *names})


def test_the_packages_listed_are_those_of_the_tree() -> None:
    assert project()["tool"]["setuptools"]["packages"] == packages_of_the_tree()


def test_every_package_but_platform_says_what_it_is_in_its_init() -> None:
    folders = [ROOT.joinpath(*name.split(".")[1:]) for name in packages_of_the_tree()]
    without = [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").exists()]
    assert without == ["platform"]


def test_platform_is_no_package_and_holds_no_test() -> None:
    """An `__init__.py` there would shadow the standard library's `platform` for every library."""
    assert not (ROOT / "platform/__init__.py").exists()
    unwanted = [*(ROOT / "platform").rglob("test_*.py"), *(ROOT / "platform").rglob("conftest.py")]
    assert not [path for path in unwanted if "node_modules" not in path.parts]


def test_the_standard_platform_module_wins_with_the_root_on_the_path() -> None:
    """-S keeps the installed finder out: only the folder itself speaks."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import platform; print(platform.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    assert Path(done.stdout.strip()).resolve() == standard / "platform.py"


@pytest.mark.parametrize("floor", [*FLOORS, "seeds", "tests"])
def test_no_module_at_the_root_is_named_like_a_standard_one(floor: str) -> None:
    names = {path.stem for path in ROOT.glob("*.py")} - {"__init__"} | {floor} - {"platform"}
    assert not names & sys.stdlib_module_names


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def copy_of_the_tree(target: Path) -> None:
    """Every file git knows, and static/vendor as it was built."""
    for name in tracked_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    vendor = "platform/web/static/vendor"
    if (ROOT / vendor).is_dir():
        shutil.copytree(ROOT / vendor, target / vendor, dirs_exist_ok=True)


def build_wheel(folder: Path) -> list[str]:
    """The names in a wheel that the project's own backend builds from a copy of the tree."""
    source, out = folder / "source", folder / "out"
    copy_of_the_tree(source)
    out.mkdir()
    code = "import sys; sys.path.insert(0, 'platform/web/build'); import backend; "
    code += f"backend.build_wheel({str(out)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_holds_what_runs_and_nothing_else(tmp_path: Path) -> None:
    """One build, many looks: building takes seconds."""
    names = [name for name in build_wheel(tmp_path) if ".dist-info/" not in name]
    assert names
    assert {PurePosixPath(name).parts[0] for name in names} == {"trellis"}
    inside = {name.removeprefix("trellis/") for name in names}
    assert sorted(name for name in inside if "/" not in name) == ["__init__.py", "wsgi.py"]
    assert not {n for n in inside if n.split("/")[0] not in (*FLOORS, "seeds", *inside)}
    assert not {n for n in inside if PurePosixPath(n).suffix not in SUFFIXES | {".txt"}}
    assert not {
        n for n in inside if {"tests", "node_modules", "__pycache__", "adr"} & {*n.split("/")}
    }
    assert not {n for n in inside if n.startswith("platform/web/build/")}
    assert_the_browser_finds_its_files(inside)
    assert python_files_of_the_tree() <= inside
    assert data_files_of_the_tree() <= inside


def assert_the_browser_finds_its_files(inside: set[str]) -> None:
    vendor = "platform/web/static/vendor/"
    assert {
        f"{vendor}{name}" for name in ("htmx.js", "lit.js", "icons.svg", "NOTICES.txt")
    } <= inside
    assert any(name.startswith("platform/web/templates/") for name in inside)


def python_files_of_the_tree() -> set[str]:
    return {
        name
        for name in tracked_files()
        if name.endswith(".py")
        and name.split("/")[0] in (*FLOORS, "seeds", "wsgi.py", "__init__.py")
        and not name.startswith("platform/web/build/")
    }


def data_files_of_the_tree() -> set[str]:
    """Templates, static files, catalogues, guides and shipped documents, wherever they lie."""
    shown = ("/templates/", "/static/", "/locale/", "builder/help/", "seeds/")
    return {
        name
        for name in tracked_files()
        if any(part in name for part in shown)
        and not name.endswith(".py")
        and not name.startswith("tests/")
        and not name.endswith((".cfg", ".gitkeep", "seeds/README.md"))
    }


def test_the_lock_files_name_no_place_to_fetch_from() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / lock).read_text("utf-8").splitlines()
        stray = [line for line in lines if not line.startswith(("#", "    --hash=sha256:"))]
        assert not [line for line in stray if not is_exact_pin(line)], lock


def is_exact_pin(line: str) -> bool:
    name, _, rest = line.partition("==")
    return bool(rest) and " @ " not in name and "://" not in line and rest.endswith(" \\")


def test_the_lock_answers_every_requirement_of_the_project() -> None:
    wanted = project()["project"]["dependencies"]
    dev = project()["project"]["optional-dependencies"]["dev"]
    assert names_of(wanted) <= pinned("requirements.lock")
    assert names_of(wanted) | names_of(dev) <= pinned("requirements-dev.lock")


def names_of(requirements: list[str]) -> set[str]:
    parsed = (line.split(";")[0].strip() for line in requirements)
    return {plain(line.split("[")[0].split(">")[0].split("=")[0].split("<")[0]) for line in parsed}


def pinned(lock: str) -> set[str]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return {plain(line.split("==")[0]) for line in lines if "==" in line}


def plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def test_the_two_locks_agree() -> None:
    run = pins_of("requirements.lock")
    dev = pins_of("requirements-dev.lock")
    assert {name: version for name, version in dev.items() if name in run} == run


def pins_of(lock: str) -> dict[str, str]:
    """{library: version} of a lock file."""
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    pins = (line.rstrip(" \\").split("==") for line in lines if "==" in line)
    return {plain(name.split("[")[0]): version for name, version in pins}
