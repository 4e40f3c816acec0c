"""HOME OF A TRANSLATOR: one module for each Salesforce type, found by discovery."""

import sys

from ..translator import TRANSLATORS

TRANSLATORS.discover(sys.modules[__name__])

__all__ = ["TRANSLATORS"]
