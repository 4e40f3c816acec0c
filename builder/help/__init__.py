"""The guides, and the reference pages that are made from the code."""
