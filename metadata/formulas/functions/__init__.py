"""HOME OF A FUNCTION: one module for each family, found by discovery."""

import sys

from .base import FUNCTIONS

FUNCTIONS.discover(sys.modules[__name__])

__all__ = ["FUNCTIONS"]
