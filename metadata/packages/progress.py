"""How far a run is, heard while it is still one transaction.

A deployment is whole or nothing, so its own transaction cannot tell of it. Within the server's
process the step stands in memory. On PostgreSQL a second connection writes it beside the
transaction, for servers whose worker is another process; on SQLite, which has one writer, such a
server shows the steps before and after the change.
"""

from __future__ import annotations

import threading
import time

from ...platform.db.scope import OrgDatabase
from . import runs

EVERY = 1.0  # seconds between two notes on the database
#: of a whole run: reading and comparing, the change, the sample records
COMPARED, CHANGED = 10, 80
_TOLD: dict[tuple[str, str], tuple[str, int]] = {}  # {(org, run): (step, per cent)}


class Teller:
    """Tells of one run; `change` is what `deploy` is given."""

    def __init__(self, org_db: OrgDatabase, run_id: str) -> None:
        self._org_db, self._run_id = org_db, run_id
        self._noted = time.monotonic()

    def __enter__(self) -> Teller:
        return self

    def __exit__(self, *_error: object) -> None:
        _TOLD.pop((self._org_db.key, self._run_id), None)

    def stage(self, step: str, share: int) -> bool:
        """Notes a step between transactions; False when the run was cancelled."""
        self._keep(step, share)
        return self._org_db.transact(lambda conn: runs.advance(conn, self._run_id, step, share))

    def change(self, step: str, number: int, of: int) -> None:
        """Hears of a step of the change, within its transaction."""
        share = COMPARED + (CHANGED - COMPARED) * number // max(of, 1)
        self._keep(step, share)
        is_time = time.monotonic() - self._noted > EVERY
        if is_time and self._org_db.dialect == "postgresql":
            self._noted = time.monotonic()
            beside = threading.Thread(target=self.stage, args=(step, share), daemon=True)
            beside.start()  # a thread has one transaction that writes: this one is another's
            beside.join(EVERY)

    def _keep(self, step: str, share: int) -> None:
        _TOLD[self._org_db.key, self._run_id] = (step, share)


def heard(org_db: OrgDatabase, run: runs.Run) -> tuple[str, int]:
    """(step, per cent) of a run, as lately as can be known here."""
    return _TOLD.get((org_db.key, run.id), (run.step, run.share))
