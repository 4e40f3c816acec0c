"""SECURITY.md names each abuse case that a test holds, with the test; marks in the tests agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = ROOT / "tests" / "platform"  # what the paths in the table start from
GRAVEST = {f"A{n:02d}" for n in range(1, 43)}  # no release without
Held = set[tuple[str, str]]  # (case, path of a test module)


def cases(text: str) -> Iterator[str]:
    """ "A12–A14, A16" is four."""
    for kind, first, last in re.findall(r"([AF])(\d\d)(?:(?:–| to )[AF](\d\d))?", text):
        yield from (f"{kind}{n:02d}" for n in range(int(first), int(last or first) + 1))


def told() -> Held:
    """What SECURITY.md says."""
    found: Held = set()
    for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not re.match(r"[AF]\d\d", cells[0]):
            continue
        for path in re.findall(r"`([^`]+\.py)`", cells[3]):
            module = (BASE / path).resolve().relative_to(ROOT.resolve())
            found |= {(case, module.as_posix()) for case in cases(cells[0])}
    return found


def marked() -> Held:
    """What the tests say: calls of `pytest.mark.abuse`."""
    return {
        (str(case.value), path.relative_to(ROOT).as_posix())
        for path in (ROOT / "tests").rglob("test_*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.abuse"
        for case in call.args
        if isinstance(case, ast.Constant)
    }


def test_security_md_and_the_marks_of_the_tests_agree() -> None:
    assert told() ^ marked() == set()


def test_each_of_the_gravest_cases_is_held_or_named_as_missing() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    missing = re.search(r"these have no test that names them yet: ([^.]+)\.", text)
    assert missing
    open_ones, held = set(cases(missing[1])), {case for case, _path in marked()}
    assert open_ones | (held & GRAVEST) == GRAVEST
    assert not open_ones & held
