"""The blueprint that every page family of the runtime hangs its views on."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("pages", __name__, template_folder="templates")
