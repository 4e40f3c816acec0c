"""What the builder offers the application: the pages of Setup, the writer of the reference."""

from __future__ import annotations

from ..platform.feature import Feature
from .help.reference import write_docs
from .web.deploying import metadata_version
from .web.pages import BLUEPRINTS

FEATURE = Feature(
    name="builder",
    blueprints=BLUEPRINTS,
    commands=(write_docs,),
    template_globals={"metadata_version": metadata_version},
)
