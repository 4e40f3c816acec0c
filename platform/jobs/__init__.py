"""Durable jobs in the org's own database."""
