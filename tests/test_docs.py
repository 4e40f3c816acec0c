"""The documents say what is true: commands exist, links lead somewhere, reference is current."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from trellis.builder.feature import FEATURE as BUILDER
from trellis.builder.help import reference
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.kinds import KINDS
from trellis.platform.config import SETTINGS
from trellis.wsgi import commands

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("platform", "metadata", "runtime", "builder")
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
TRELLIS = re.compile(r"\btrellis ([a-z][a-z-]*)")
SETTING = re.compile(r"\bTRELLIS_[A-Z_]+\b")


def documents() -> list[Path]:
    """Every Markdown file git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def code_of(text: str) -> str:
    """What stands in code blocks and between backticks."""
    blocks = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return "\n".join(blocks)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def trellis() -> click.Group:
    return commands()


@pytest.fixture(scope="module")
def made(trellis: click.Group) -> dict[str, str]:
    return reference.pages(trellis)


# --- the reference ------------------------------------------------------------------------------


def test_the_reference_pages_are_those_that_the_code_makes(made: dict[str, str]) -> None:
    """Run `make docs` when this fails."""
    there = {path.name: path.read_text("utf-8") for path in reference.FOLDER.glob("*.md")}
    assert sorted(there) == sorted(made)
    assert [name for name, text in made.items() if there[name] != text] == []


@pytest.mark.parametrize("variable", [setting.variable for setting in SETTINGS])
def test_every_setting_is_explained(variable: str, made: dict[str, str]) -> None:
    assert f"`{variable}`" in made["settings.md"]


@pytest.mark.parametrize("name", FIELD_TYPES.names())
def test_every_field_type_has_a_section_that_says_what_it_is_for(
    name: str, made: dict[str, str]
) -> None:
    section = made["field-types.md"].split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert str(FIELD_TYPES.get(name).help).strip()
    assert str(FIELD_TYPES.get(name).help) in section


def test_every_operator_is_listed(made: dict[str, str]) -> None:
    names = {o.name for field_type in FIELD_TYPES.all() for o in field_type.operators}
    assert names
    assert not [name for name in names if f"| `{name}` |" not in made["operators.md"]]


@pytest.mark.parametrize("name", KINDS.names())
def test_every_kind_has_a_section_with_its_attributes(name: str, made: dict[str, str]) -> None:
    assert f"\n## {name}\n" in made["kinds.md"]


def test_every_command_says_what_it_does(trellis: click.Group, made: dict[str, str]) -> None:
    shown = made["commands.md"]
    for path, command in leaves(trellis, ()):
        assert command.help, path
        assert command.hidden or f"\n## {path}\n" in shown, path


def leaves(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_the_builder_offers_the_command_that_writes_the_pages() -> None:
    assert reference.write_docs in BUILDER.commands


# --- the tutorials run --------------------------------------------------------------------------


def test_the_commands_of_the_first_tutorial_make_an_org_and_its_administrator(
    tmp_path: Path,
) -> None:
    text = (ROOT / "builder/help/tutorials/first-org.md").read_text("utf-8")
    lines = re.findall(r"^\.venv/bin/trellis (.+)$", text, re.MULTILINE)
    assert [shlex.split(line)[0] for line in lines] == ["org", "user", "serve"]
    environ = {"TRELLIS_DATA_DIR": str(tmp_path), "TRELLIS_ORG": "acme"}
    runner = CliRunner()
    for line in (line for line in lines if line != "serve"):
        done = runner.invoke(commands(environ), shlex.split(line))
        assert done.exit_code == 0, done.output
    assert "you@example.com" in runner.invoke(commands(environ), ["user", "list"]).output


# --- what the documents claim -------------------------------------------------------------------


@pytest.mark.parametrize("path", documents(), ids=named)
def test_the_links_of_a_document_lead_somewhere(path: Path) -> None:
    targets = [t for t in LINK.findall(path.read_text("utf-8")) if "://" not in t]
    local = [t for t in targets if not t.startswith(("#", "mailto:", "/"))]
    assert not [t for t in local if not (path.parent / t.partition("#")[0]).exists()]


@pytest.mark.parametrize("path", documents(), ids=named)
def test_the_make_commands_of_a_document_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(MAKE.findall(code_of(path.read_text("utf-8")))) <= targets


@pytest.mark.parametrize("path", documents(), ids=named)
def test_the_trellis_commands_of_a_document_exist(path: Path, trellis: click.Group) -> None:
    assert set(TRELLIS.findall(code_of(path.read_text("utf-8")))) <= set(trellis.commands)


@pytest.mark.parametrize("path", documents(), ids=named)
def test_the_settings_of_a_document_exist(path: Path) -> None:
    known = {setting.variable for setting in SETTINGS}
    mentioned = set(SETTING.findall(path.read_text("utf-8")))
    assert not {name for name in mentioned - known if not name.startswith("TRELLIS_TEST_")}


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_has_a_page_that_names_its_parts(floor: str) -> None:
    page = (ROOT / floor / "README.md").read_text("utf-8")
    assert len(page.splitlines()) <= 120
    parts = {path.parent.name for path in (ROOT / floor).glob("*/__init__.py")}
    assert not {part for part in parts if part not in page}


def test_the_readme_tells_the_two_commands() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    assert "```sh\nmake run\n```" in page
    assert "```sh\nmake test\n```" in page


def test_every_make_target_that_a_person_may_call_is_in_its_help() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("run", "demo", "setup", "dev", "test", "check", "bench", "docs", "clean"):
        assert re.search(rf"^  make {target} ", shown.stdout, re.MULTILINE), target


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
