"""The end of files: deleted ones after their days, bytes that nothing names; and what is missing.

Bytes are put before they are named, so only those older than a day are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice

from ...platform import clock
from ...platform.attachments import named_hashes, purge_deleted
from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem
from ...platform.files import FileStore
from ...platform.i18n import _, ngettext
from ...platform.jobs.worker import Task, Work
from .service import KEPT_DAYS

SWEEP = "files.sweep"
YOUNG = timedelta(days=1)
AT_ONCE = 500
SHOWN = 5  # hashes that a finding names


def store_of(config: Config, org: str) -> FileStore:
    """Where an org's bytes lie."""
    return FileStore(config.data_dir, org, config.upload_bytes)


def work(config: Config) -> Mapping[str, Work]:
    """The jobs of files, for a worker: {job kind: work}."""
    return {SWEEP: lambda task: sweep(task, store_of(config, task.db.key))}


def sweep(task: Task, store: FileStore) -> None:
    """Ends deleted files whose days are over, then removes bytes that no version names."""
    with task.chunk(None) as conn:
        purge_deleted(conn, clock.now() - timedelta(days=KEPT_DAYS))
    before = clock.now() - YOUNG
    hashes = store.hashes()
    while some := tuple(islice(hashes, AT_ONCE)):
        with task.db.read() as conn:
            named = named_hashes(conn, some)
        for sha256 in set(some) - named:
            store.remove(sha256, before)
        task.renew()
    store.clear_drafts(before)


def checks(config: Config) -> tuple[Callable[[OrgDatabase], tuple[Problem, ...]], ...]:
    """The check of files, for `trellis check`."""

    def check_files(db: OrgDatabase) -> tuple[Problem, ...]:
        """Every version of a file has its bytes."""
        with db.read() as conn:
            named = named_hashes(conn)
        missing = sorted(named - set(store_of(config, db.key).hashes()))
        return tuple(_missing(missing))

    return (check_files,)


def _missing(hashes: list[str]) -> Iterator[Problem]:
    if hashes:
        message = ngettext(
            "The bytes of %(n)s file are missing.",
            "The bytes of %(n)s files are missing.",
            len(hashes),
        )
        hint = _("Restore the directory of files from a back-up.")
        names = ", ".join(hashes[:SHOWN])
        yield Problem("files.missing", (names,), message, hint)
