"""Interprets a snapshot for an actor: queries, records, lists, pages."""
