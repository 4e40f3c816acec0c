"""Northline, a company to look at: the same people and records for the same seed and day."""
