"""The blueprint of Setup. Every page of it is for administrators."""

from __future__ import annotations

from flask import Blueprint

setup = Blueprint("setup", __name__, template_folder="templates", url_prefix="/setup")
