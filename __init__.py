"""Trellis: the CRM you shape without code."""

__version__ = "0.1.0"
