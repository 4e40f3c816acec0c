"""Guides and reference, shown in the product."""
