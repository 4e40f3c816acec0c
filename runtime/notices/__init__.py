"""Notices: what people are told of, on the pages and by mail."""
