"""Static files under `/assets/<hash>/…`: one hash for the whole tree, so they may be kept for ever.

A path is looked up in an index made beforehand and never put together from the request; files of
other types than the listed ones are not served. Relative imports of scripts inherit the hash.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from markupsafe import Markup

from ..errors import NotFound
from .access import ANYONE, requires

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
SPRITE = "platform/vendor/icons.svg"
_COMPRESSED = {".css", ".js", ".json", ".mjs", ".svg", ".txt", ".webmanifest"}
_FOR_EVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)


class Assets:
    """The static files of several floors; `roots` is {prefix: folder}."""

    def __init__(self, roots: Mapping[str, Path], *, watched: bool) -> None:
        self._roots = roots
        self._watched = watched  # look for changed files at each page, for development
        self._files, self._signature = self._listed()
        self._hash = self._hashed()

    @property
    def hash(self) -> str:
        """Ten characters that change with any byte of any file."""
        if self._watched:
            files, signature = self._listed()
            if signature != self._signature:
                self._files, self._signature = files, signature
                self._hash = self._hashed()
        return self._hash

    def find(self, path: str) -> Path | None:
        """The file behind a path such as "platform/css/base.css"."""
        return self._files.get(path)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def _listed(self) -> tuple[dict[str, Path], frozenset[tuple[str, int, int]]]:
        files = {
            f"{prefix}/{file.relative_to(root).as_posix()}": file
            for prefix, root in self._roots.items()
            for file in root.rglob("*")
            if file.suffix in MEDIA_TYPES and file.is_file()
        }
        stats = ((path, file.stat()) for path, file in files.items())
        return files, frozenset((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)

    def _hashed(self) -> str:
        digest = hashlib.sha256()
        for path in self.paths():
            content = self._files[path].read_bytes()
            digest.update(f"{path}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:10]


def install(app: Flask, roots: Mapping[str, Path], *, watched: bool) -> None:
    """Serves the folders and gives templates `asset("platform/css/base.css")`."""
    app.extensions["trellis.assets"] = Assets(roots, watched=watched)
    app.register_blueprint(blueprint)
    app.add_template_global(asset_url, "asset")
    app.add_template_global(drawn_icon)


def asset_url(path: str) -> str:
    """The address of a static file; raises LookupError for one that is not there."""
    assets = _assets()
    current_hash = assets.hash
    if assets.find(path) is None:
        raise LookupError(f"there is no asset {path!r}")
    return f"/assets/{current_hash}/{path}"


def drawn_icon(name: str, cls: str = "") -> Markup:
    """A sign of the sprite, hidden from readers; a page draws a hundred, so each is made once."""
    return _drawn(asset_url(SPRITE), name, cls)


@lru_cache(maxsize=4096)
def _drawn(sprite: str, name: str, cls: str) -> Markup:
    kind = f"i {cls}" if cls else "i"
    sign = Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>')
    return sign.format(kind, sprite, name)


@blueprint.get("/assets/<tree>/<path:path>")
@requires(ANYONE)
def asset(tree: str, path: str) -> Response:
    """A static file. One asked for by the hash of another release is served, but not kept."""
    assets = _assets()
    file = assets.find(path)
    if file is None:
        raise NotFound
    content, etag = _content(file, file.stat().st_mtime_ns)
    response = Response(content, mimetype=None, content_type=MEDIA_TYPES[file.suffix])
    response.headers["Cache-Control"] = _FOR_EVER if tree == assets.hash else "no-cache"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if file.suffix in _COMPRESSED:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings["gzip"] > 0:
            response.set_data(_squeezed(file, file.stat().st_mtime_ns))
            response.headers["Content-Encoding"] = "gzip"
            etag += "-gzip"
    response.set_etag(etag)
    response.make_conditional(request)
    return response


def _assets() -> Assets:
    return cast(Assets, current_app.extensions["trellis.assets"])


@lru_cache(maxsize=512)
def _content(file: Path, changed: int) -> tuple[bytes, str]:
    """The bytes and their hash; `changed` (ns) is there to be part of the key."""
    content = file.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:20]


@lru_cache(maxsize=512)
def _squeezed(file: Path, changed: int) -> bytes:
    return gzip.compress(_content(file, changed)[0], mtime=0)
