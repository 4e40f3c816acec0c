"""Sign-in for programs, hung on its blueprint."""

from __future__ import annotations

from flask import Blueprint

from . import consent, token
from .blueprint import oauth

FAMILIES = (consent, token)
BLUEPRINTS: tuple[Blueprint, ...] = (oauth,)
