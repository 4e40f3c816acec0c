"""What saves of tasks and events bring along: their account, when a task was done, an event's end.

The account is that of the record the activity is about, else the contact's. It is kept with the
activity: who changes companies leaves behind what was talked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from ...platform.people.actor import system_actor
from ..query.run import get_many
from ..records.companions import Companion, accompany
from ..records.draft import Draft
from ..records.steps import Save
from .done import STATUS, closed_statuses

ACCOUNT, WHAT, WHO, COMPLETED = "AccountId", "WhatId", "WhoId", "CompletedDateTime"
START, END = "StartDateTime", "EndDateTime"
USUAL = timedelta(minutes=30)


def _bring_account(save: Save) -> None:
    if ACCOUNT not in save.rules.fields:
        return
    moved = [d for d in save.drafts if not d.problems and (WHAT in d.values or WHO in d.values)]
    known = _accounts(save, {id_ for draft in moved for id_ in _about(draft)})
    for draft in moved:
        account = next((known[id_] for id_ in _about(draft) if known.get(id_)), None)
        if draft.effective(ACCOUNT) != account:
            draft.values[ACCOUNT] = account
            draft.brought.add(ACCOUNT)


def _about(draft: Draft) -> Iterable[str]:
    """The ids of what the activity is about, the weightier first."""
    return (str(id_) for name in (WHAT, WHO) if (id_ := draft.effective(name)))


def _accounts(save: Save, ids: set[str]) -> dict[str, str | None]:
    """{id of a record: id of its account}; an account is its own."""
    by_object: defaultdict[str, list[str]] = defaultdict(list)
    for id_ in sorted(ids):
        by_object[save.snapshot.object_of_id(id_).name].append(id_)
    found: dict[str, str | None] = {}
    system = system_actor(save.snapshot.org, "the account of an activity")
    for name, some in by_object.items():
        if name == "Account":
            found |= {id_: id_ for id_ in some}
        elif (field := save.snapshot.find_field(name, ACCOUNT)) and "Account" in field.reference_to:
            rows = get_many(save.conn, system, save.snapshot, name, some, (ACCOUNT,))
            found |= {id_: record[ACCOUNT] for id_, record in rows.items()}
    return found


def _note_completion(save: Save) -> None:
    if COMPLETED not in save.rules.fields:
        return
    closed = closed_statuses(save.snapshot)
    for draft in save.drafts:
        if STATUS not in draft.values:
            continue
        was, is_ = draft.old.get(STATUS) in closed, draft.values[STATUS] in closed
        if is_ and not was and not draft.values.get(COMPLETED):
            draft.values[COMPLETED] = save.now
        elif was and not is_:
            draft.values[COMPLETED] = None


def _keep_length(save: Save) -> None:
    """An event that is moved keeps its length; one whose end nobody says takes half an hour."""
    if not {START, END} <= save.rules.fields.keys():
        return
    for draft in save.drafts:
        start, end = draft.values.get(START), draft.effective(END)
        if not isinstance(start, datetime) or END in draft.values:
            continue
        before = draft.old.get(START)
        if isinstance(before, datetime) and isinstance(end, datetime):
            draft.values[END] = end + (start - before)
        elif end is None:
            draft.values[END] = start + USUAL


def _event(save: Save) -> None:
    _bring_account(save)
    _keep_length(save)


def _task(save: Save) -> None:
    _bring_account(save)
    _note_completion(save)


TASK = Companion("Task", (STATUS, WHAT, WHO, ACCOUNT, COMPLETED), before=_task)
EVENT = Companion("Event", (WHAT, WHO, ACCOUNT, START, END), before=_event)


def bring() -> None:
    """Has both go along with saves of activities."""
    for companion in (TASK, EVENT):
        accompany(companion)
