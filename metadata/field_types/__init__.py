"""HOME OF A FIELD TYPE: one module each, found by discovery."""

import sys

from .base import FIELD_TYPES

FIELD_TYPES.discover(sys.modules[__name__])

__all__ = ["FIELD_TYPES"]
