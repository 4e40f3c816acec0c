"""The blueprint of sign-in for programs."""

from __future__ import annotations

from flask import Blueprint

oauth = Blueprint("oauth", __name__)
