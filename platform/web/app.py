"""The application, put together from the ground and the features of the floors above.

Refuses to start: without a good secret in public, in debug mode in public, with a view that does
not say who may call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from .. import events, i18n
from ..config import Config
from ..feature import Feature
from ..orgs import Orgs
from . import access, admission, assets, compression, errors, logs, security
from .board import board_cards
from .current import Services, company_name, current_session, logo_url
from .ground import GROUND
from .rows import table_rows

#: Functions of i18n that every template may call.
_SPOKEN = (
    *("format_currency", "format_date", "format_datetime", "format_number", "format_percent"),
    *("format_time", "format_ago", "format_bytes", "format_list", "script_messages", "ngettext"),
)


def build_app(config: Config, features: Iterable[Feature] = (), orgs: Orgs | None = None) -> Flask:
    """The web application over the orgs of the configuration. Raises Rejected, RuntimeError."""
    app = Flask(__name__, static_folder=None)
    all_features = (GROUND, *features)
    upgrades = (feature.upgrade for feature in all_features if feature.upgrade)
    app.extensions["trellis"] = Services(config, orgs or Orgs(config, upgrades))
    app.config["DEBUG"] = config.debug
    app.json.sort_keys = False  # type: ignore[attr-defined]
    logs.configure()
    security.install(app, config)
    compression.install(app)
    admission.install(app)
    errors.install(app)
    app.jinja_env.bytecode_cache = CompiledTemplates()
    _speak(app)
    app.context_processor(frame)
    assets.install(app, static_roots(all_features), watched=config.debug)
    for feature in all_features:
        add_feature(app, feature)
    access.refuse_undeclared(app)
    return app


def add_feature(app: Flask, feature: Feature) -> None:
    """Adds the pages, listeners and template globals of a floor."""
    for blueprint in feature.blueprints:
        app.register_blueprint(blueprint)
    for event_type, listener in feature.listeners:
        events.subscribe(event_type, listener)
    app.jinja_env.globals.update(feature.template_globals)
    if feature.set_up is not None:
        feature.set_up(app)


def static_roots(features: Iterable[Feature]) -> Mapping[str, Path]:
    """{floor: folder}: the `static` folder beside the pages of each floor, by the floor's name."""
    roots = {}
    for feature in features:
        for blueprint in feature.blueprints:
            floor = blueprint.import_name.split(".")[1]
            folder = Path(blueprint.root_path) / "static"
            if folder.is_dir():
                roots[floor] = folder
    return roots


def frame() -> dict[str, Any]:
    """What the frame of a page needs when no floor above gives more."""
    return {"nav": PlainNav()}


class PlainNav:
    """The frame without apps or tabs."""

    app_label = ""
    apps: tuple[Any, ...] = ()
    items: tuple[Any, ...] = ()
    favourites: tuple[Any, ...] = ()
    setup_tree = None
    setup = False
    breadcrumbs: tuple[Any, ...] = ()
    create = None

    @property
    def org_logo(self) -> str:
        return logo_url()

    @property
    def org_name(self) -> str:
        return company_name()

    @property
    def user(self) -> dict[str, Any] | None:
        found = current_session()
        if found is None:
            return None
        initials = "".join(word[0] for word in found.actor.name.split()[:2])
        return {"name": found.actor.name, "initials": initials, "tone": 1, "photo": ""}


class CompiledTemplates(BytecodeCache):
    """Compiles each template once in a process, however many applications it builds."""

    _code: ClassVar[dict[str, bytes]] = {}  # {key of name and source: code}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


def _speak(app: Flask) -> None:
    spoken = {name: getattr(i18n, name) for name in _SPOKEN}
    app.jinja_env.globals.update(spoken, _=i18n._, localization=i18n.current)
    app.jinja_env.globals.update(table_rows=table_rows, board_cards=board_cards)
