"""What the runtime offers the application: the pages people work on."""

from __future__ import annotations

from ..platform.feature import Feature
from .web.views import BLUEPRINTS, GLOBALS, set_up

FEATURE = Feature(name="runtime", blueprints=BLUEPRINTS, set_up=set_up, template_globals=GLOBALS)
