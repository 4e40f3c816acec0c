"""What the first floor offers the application: its invariants and the purge of the bin."""

from __future__ import annotations

from datetime import timedelta

from ..platform.feature import Feature
from ..platform.jobs.schedule import Schedule
from .deploy.bin import purge_job
from .invariants import check_metadata
from .packages.command import diff_of_orgs, package_command

PURGE = "metadata.purge_bin"

FEATURE = Feature(
    name="metadata",
    commands=(package_command,),
    org_commands=(diff_of_orgs,),
    jobs={PURGE: purge_job},
    schedules=(Schedule(PURGE, timedelta(days=1), timedelta(hours=3)),),
    checks=(check_metadata,),
)
