"""The bench itself runs to its end on a few rows, with no gap in its table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_bench_measures_everything_it_promises(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    words = ["--records", "1200", "--accounts", "50", "--seconds", "0", "--only", "sqlite"]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("run.py")), *words, "--out", str(out)],
        capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    figures = json.loads(out.read_text())["figures"]
    kinds = ("raw", "service", "page", "http")
    promised = {
        f"{kind} {name}: ms" for kind in kinds for name in ("list", "create", "update", "search")
    }
    promised |= {"raw read: ms", "service read: ms", "page record: ms", "http record: ms"}
    promised |= {"import: rows/s", "add field: s", "cold start: s", "memory: MiB"}
    assert promised <= figures["sqlite"].keys()
    assert all(value > 0 for value in figures["sqlite"].values())
