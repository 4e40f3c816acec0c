"""The composition root: the one file that knows every floor. It puts them together, no more.

`trellis.wsgi:create_app` is what a WSGI server calls; `main` is the `trellis` command.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import click
from flask import Flask

from trellis.builder.feature import FEATURE as BUILDER
from trellis.metadata.feature import FEATURE as METADATA
from trellis.platform.cli import build_cli
from trellis.platform.config import Config
from trellis.platform.feature import Feature
from trellis.platform.web.app import build_app
from trellis.runtime.feature import FEATURE as RUNTIME
from trellis.seeds.demo.command import DEMO
from trellis.seeds.install import STANDARD_CRM

FEATURES: tuple[Feature, ...] = (METADATA, RUNTIME, BUILDER, STANDARD_CRM, DEMO)


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The web application for the settings of `environ`."""
    return build_app(Config.read(environ), FEATURES)


def commands(environ: Mapping[str, str] = os.environ) -> click.Group:
    """The `trellis` command, with the commands of every floor."""
    return build_cli(FEATURES, environ)


def main() -> None:
    """Runs the `trellis` command."""
    commands()()
