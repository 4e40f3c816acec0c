"""Packages with their records: what goes out as samples, what comes in, the work behind it."""
