"""What a floor offers the application; wsgi.py puts the features together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from flask import Blueprint, Flask

from .config import Config
from .db.scope import OrgDatabase
from .errors import Problem
from .jobs.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Feature:
    """A named set of pages, commands, jobs and checks."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    commands: tuple[click.Command, ...] = ()
    org_commands: tuple[click.Command, ...] = ()  # of `trellis org`
    jobs: Mapping[str, Callable[..., None]] = field(default_factory=dict)  # {job kind: work}
    work: Callable[[Config], Mapping[str, Callable[..., None]]] | None = None  # jobs by settings
    schedules: tuple[Schedule, ...] = ()
    checks: tuple[Callable[..., tuple[Problem, ...]], ...] = ()  # each (OrgDatabase) -> problems
    checks_by: Callable[[Config], tuple[Callable[..., tuple[Problem, ...]], ...]] | None = None
    listeners: tuple[tuple[type[Any], Callable[[Any], None]], ...] = ()  # (event type, listener)
    install: Callable[[OrgDatabase], object] | None = None  # what a new org gets
    upgrade: Callable[[OrgDatabase], object] | None = None  # what an older one gets when opened
    template_globals: Mapping[str, Any] = field(default_factory=dict)
    set_up: Callable[[Flask], None] | None = None
