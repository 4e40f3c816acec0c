"""HOME OF AN IMPORT PRESET: one module each, found by discovery."""

import sys

from .base import PRESETS

PRESETS.discover(sys.modules[__name__])

__all__ = ["PRESETS"]
