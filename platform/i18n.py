"""Placeholder until the catalogue lands."""

from __future__ import annotations

from typing import Any


def _(message: str, **params: Any) -> str:
    return message % params if params else message


def lazy(message: str) -> str:
    return message
