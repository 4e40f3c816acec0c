"""What the builder offers the application: the pages of Setup."""

from __future__ import annotations

from ..platform.feature import Feature
from .web.pages import BLUEPRINTS

FEATURE = Feature(name="builder", blueprints=BLUEPRINTS)
