"""The gallery: packages that this release ships, and those of a folder of the server.

A package that cannot be read stands there with its problem instead of its contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...platform.errors import NotFound, Problem, Rejected
from .archive import Files, read_files
from .read import Package, parse_package

SHIPPED = Path(__file__).parents[2] / "seeds" / "gallery"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One package of the gallery: its key in addresses, and what is in it or why nothing is."""

    key: str
    path: Path
    is_shipped: bool
    package: Package | None
    problems: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        return self.package.manifest.title if self.package else self.path.name

    @property
    def files(self) -> Files:
        return read_files(self.path)


def list_gallery(folder: Path | None) -> tuple[Exhibit, ...]:
    """The shipped ones first, then those of the server's folder, each by name."""
    shipped = [_exhibit("trellis", path) for path in _places(SHIPPED)]
    return (*shipped, *(_exhibit("server", path) for path in _places(folder)))


def get_exhibit(folder: Path | None, key: str) -> Exhibit:
    """The one of that key; raises NotFound."""
    for source, place in (("trellis", SHIPPED), ("server", folder)):
        for path in _places(place):
            if _key(source, path) == key:
                return _exhibit(source, path)
    raise NotFound(key)


def _places(folder: Path | None) -> Iterator[Path]:
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        is_package = (path / "package.json").is_file() or path.suffix.lower() == ".zip"
        if is_package and not path.name.startswith((".", "_")):
            yield path


def _key(source: str, path: Path) -> str:
    return f"{source}-{path.name}"


def _exhibit(source: str, path: Path) -> Exhibit:
    key, is_shipped = _key(source, path), source == "trellis"
    try:
        return Exhibit(key, path, is_shipped, parse_package(read_files(path)))
    except Rejected as refusal:
        return Exhibit(key, path, is_shipped, None, refusal.problems)
    except OSError as error:
        problem = Problem("package.unreadable", (path.name,), str(error.strerror or error))
        return Exhibit(key, path, is_shipped, None, (problem,))
