"""The kinds of notices: what each says, where it leads, and whether a copy goes by mail.

A kind that is merged has one unread notice for a person and a record: the next one counts on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...platform.i18n import _, lazy, ngettext
from ...platform.registry import Registry


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence can be made of, as far as the reader may know it."""

    who: str  # whose deed it was
    what: str  # what the record is called; words for "one that is closed to you" where it is
    count: int  # how often it happened
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice."""

    name: str
    label: str  # lazy; of the settings
    icon: str
    says: Callable[[Facts], str]
    is_mailed: bool = False  # unless the person chose otherwise
    is_merged: bool = False
    tab: str = ""  # of the record's page


KINDS: Registry[Kind] = Registry("kind of notice")


def _assigned(facts: Facts) -> str:
    if facts.args.get("object"):
        return ngettext(
            "%(who)s gave you %(n)s record: %(what)s.",
            "%(who)s gave you %(n)s records: %(what)s.",
            facts.count,
            who=facts.who,
            what=facts.what,
        )
    return _("%(who)s made you the owner of %(what)s.", who=facts.who, what=facts.what)


def _changed(facts: Facts) -> str:
    if facts.count == 1:
        return _("%(who)s changed %(what)s.", who=facts.who, what=facts.what)
    return ngettext(
        "%(what)s was changed %(n)s time, last by %(who)s.",
        "%(what)s was changed %(n)s times, last by %(who)s.",
        facts.count,
        who=facts.who,
        what=facts.what,
    )


def _mention(facts: Facts) -> str:
    return _("%(who)s mentioned you in a comment on %(what)s.", who=facts.who, what=facts.what)


def _comment(facts: Facts) -> str:
    if facts.count == 1:
        return _("%(who)s commented on %(what)s.", who=facts.who, what=facts.what)
    return ngettext(
        "%(n)s new comment on %(what)s, the last by %(who)s.",
        "%(n)s new comments on %(what)s, the last by %(who)s.",
        facts.count,
        who=facts.who,
        what=facts.what,
    )


def _reminder(facts: Facts) -> str:
    return _("Reminder: %(what)s", what=facts.what)


def _job(facts: Facts) -> str:
    """What a job has to say is kept as a text of the catalogue with its parameters."""
    said = _(str(facts.args.get("text", "")))
    params = facts.args.get("params") or {}
    return said % params if params else said


ASSIGNED = KINDS.register(
    Kind("assigned", lazy("A record becomes yours"), "user-plus", _assigned, True, True)
)
CHANGED = KINDS.register(
    Kind("changed", lazy("A record that you follow changes"), "pencil", _changed, is_merged=True)
)
MENTION = KINDS.register(
    Kind("mention", lazy("Somebody mentions you"), "message-circle", _mention, True, tab="comments")
)
COMMENT = KINDS.register(
    Kind(
        "comment", lazy("Somebody comments on a record that you own or follow"),
        "message-circle", _comment, is_merged=True, tab="comments",
    )
)  # fmt: skip
REMINDER = KINDS.register(Kind("reminder", lazy("A reminder is due"), "bell", _reminder))
JOB = KINDS.register(Kind("job", lazy("Work in the background ends"), "circle-check", _job))

#: the order in which the settings list them
ORDER: tuple[Kind, ...] = (ASSIGNED, MENTION, COMMENT, CHANGED, REMINDER, JOB)
