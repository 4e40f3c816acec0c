"""The build backend of Trellis: setuptools, plus one step that fills static/vendor.

Node is asked for as a build requirement only where it is needed and not on PATH, so that neither a
person's machine nor the installed product has to have it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import assets
from setuptools import build_meta as _setuptools
from setuptools.build_meta import (  # noqa: F401  part of the interface of a backend
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)


def _with_node(hook: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def get_requires(config_settings: Any = None) -> list[str]:
        ready = assets.is_fresh() or assets.system_node()
        return hook(config_settings) + ([] if ready else [assets.NODE_PACKAGE])

    return get_requires


def _with_assets(hook: Callable[..., str]) -> Callable[..., str]:
    def build(*args: Any, **kwargs: Any) -> str:
        assets.ensure()
        return hook(*args, **kwargs)

    return build


get_requires_for_build_wheel = _with_node(_setuptools.get_requires_for_build_wheel)
get_requires_for_build_editable = _with_node(_setuptools.get_requires_for_build_editable)
get_requires_for_build_sdist = _with_node(_setuptools.get_requires_for_build_sdist)
build_wheel = _with_assets(_setuptools.build_wheel)
build_editable = _with_assets(_setuptools.build_editable)
build_sdist = _with_assets(_setuptools.build_sdist)
