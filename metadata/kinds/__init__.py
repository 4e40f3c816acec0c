"""HOME OF A METADATA KIND: one module each, found by discovery."""

import sys

from .base import KINDS

KINDS.discover(sys.modules[__name__])

__all__ = ["KINDS"]
