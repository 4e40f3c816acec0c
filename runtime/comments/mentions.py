"""Who is meant by an @ in a comment: people by their names, as long as they may see the record.

Text after an @ that is nobody's name is plain text. Refuses (`comment.…`) a name that several
people have, unless one of them was picked, and whoever may not see the record.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, Condition
from ...metadata.snapshot import Snapshot
from ...platform.db.values import fold
from ...platform.errors import Problem, require
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ..access.permissions import Operation, may
from ..query import run
from ..query.held import held
from ..query.request import Order, Query

MOST = 20  # mentions of one comment
LONGEST = 60  # characters of a name
LOOKED_AT = 24  # people whose rights one search asks for
_AT = re.compile(r"(?<![\w@.])@(?=[^\s@])")
_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af]")
PEOPLE = "User"


def read_mentions(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    record_id: str,
    text: str,
    picked: Collection[str] = (),
) -> dict[str, str]:
    """{name as it stands in the text: id of the user}; raises Rejected with every problem.

    `picked` are the ids of those who were chosen from a list, for names that several people have.
    """
    candidates = [tuple(_candidates(text, at)) for at in _places(text)]
    by_name = _people(conn, actor, snapshot, {name for some in candidates for name in some})
    found: dict[str, str] = {}
    problems = []
    for some in candidates:
        name = next((name for name in some if by_name.get(fold(name))), "")
        if not name or name in found:
            continue
        meant = by_name[fold(name)]
        chosen = meant if len(meant) == 1 else [one for one in meant if one in picked]
        if len(chosen) != 1:
            problems.append(_ambiguous(name))
        elif not _may_see(conn, chosen[0], snapshot, obj, record_id, actor):
            problems.append(_closed(name))
        else:
            found[name] = chosen[0]
    require(problems)
    return found


def _places(text: str) -> list[int]:
    """Where names may begin."""
    return [found.end() for found in _AT.finditer(text)][:MOST]


def _candidates(text: str, at: int) -> Iterator[str]:
    """What may be the name that begins there, the longest first; it ends where a word ends."""
    line = text[at : at + LONGEST].partition("\n")[0]
    for end in range(len(line), 0, -1):
        last, following = line[end - 1], line[end : end + 1]
        inside = _is_letter(last) and _is_letter(following)
        if not last.isspace() and not inside:
            yield line[:end]


def _is_letter(sign: str) -> bool:
    """Of a word that goes on; Chinese and Korean have no spaces, so a name may end anywhere."""
    return sign.isalnum() and not _CJK.match(sign)


def _people(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, names: Collection[str]
) -> Mapping[str, list[str]]:
    """{folded name: ids} of active people who are called so."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    known = sorted(names)
    if not _may_see_people(actor, snapshot):
        return found
    for start in range(0, len(known), 500):
        where = All((Condition("Name", "in", tuple(known[start : start + 500])), _active()))
        page = run.run(conn, actor, Query(PEOPLE, ("Name",), where), snapshot)
        for one in page.records:
            found[fold(str(one["Name"]))].append(one.id)
    return found


def _active() -> Condition:
    return Condition("IsActive", "equals", (True,))


def _may_see_people(actor: Actor, snapshot: Snapshot) -> bool:
    obj = snapshot.find_object(PEOPLE)
    return obj is not None and may(actor, Operation.READ, obj, snapshot)


def _may_see(
    conn: sa.Connection,
    user_id: str,
    snapshot: Snapshot,
    obj: CustomObject,
    record_id: str,
    by: Actor,
) -> bool:
    """Says whether the user, as they stand now, may see the record."""
    person = by if user_id == by.user_id else find_actor(conn, by.org, user_id)
    if person is None or not may(person, Operation.READ, obj, snapshot):
        return False
    return record_id in held(conn, person, snapshot, obj.name, (record_id,))


def _ambiguous(name: str) -> Problem:
    message = _("Several people are called %(name)s.", name=name)
    return Problem("comment.ambiguous", ("text",), message, _("Choose one from the list."))


def _closed(name: str) -> Problem:
    message = _("%(name)s cannot see this record.", name=name)
    hint = _("Have it shared with them first, or leave out the @.")
    return Problem("comment.closed", ("text",), message, hint)


def search_people(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    record_id: str,
    words: str,
    limit: int = 8,
) -> tuple[tuple[str, str], ...]:
    """(id, name) of active people with these words in their names who may see the record."""
    if not _may_see_people(actor, snapshot):
        return ()
    wanted = tuple(Condition("Name", "contains", (word,)) for word in words.split()[:5])
    query = Query(
        PEOPLE, ("Name",), All((*wanted, _active())), order=(Order("Name"),), limit=LOOKED_AT
    )
    found: list[tuple[str, str]] = []
    for one in run.run(conn, actor, query, snapshot).records:
        if len(found) < limit and _may_see(conn, one.id, snapshot, obj, record_id, actor):
            found.append((one.id, str(one["Name"])))
    return tuple(found)
