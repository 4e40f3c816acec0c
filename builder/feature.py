"""What the builder offers the application: the pages of Setup, the writer of the reference."""

from __future__ import annotations

from flask import Flask

from ..metadata.packages.command import package_command
from ..metadata.packages.runs import KIND as PACKAGES
from ..platform.feature import Feature
from ..platform.web.admission import ADMITS_DELEGATE
from .help.reference import write_docs
from .packages import work as packages
from .packages.command import samples_command
from .web.bounds import is_delegate
from .web.deploying import metadata_version
from .web.pages import BLUEPRINTS

package_command.add_command(samples_command)  # records are known on this floor only


def set_up(app: Flask) -> None:
    """Has delegates let into what is theirs of Setup."""
    app.extensions[ADMITS_DELEGATE] = is_delegate


FEATURE = Feature(
    name="builder",
    blueprints=BLUEPRINTS,
    commands=(write_docs,),
    jobs={PACKAGES: packages.work},
    template_globals={"metadata_version": metadata_version},
    set_up=set_up,
)
