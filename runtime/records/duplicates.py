"""Records that are likely to be the same as one that is being written, found by the index of words.

Names are compared without what companies add to theirs (Ltd, GmbH, 有限公司), dots and
accents; addresses of mail as they are, telephone numbers by their digits. A person can be there
as a lead or as a contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.db.values import fold
from ...platform.people.actor import Actor
from ..access import permissions
from ..query import run
from ..query.request import Query
from ..query.words import SHORTEST_NUMBER, words_of
from ..search import Hit, detail_paths, hit_of

MOST = 5
SHORTEST = 2  # characters of a name that is looked for
SAME_PEOPLE: Mapping[str, str] = {"Lead": "Contact", "Contact": "Lead"}
NUMBERS = ("Phone", "MobilePhone")
_LEGAL = frozenset(
    [
        "ab",
        "ag",
        "aps",
        "as",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pty",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
        "the",
    ]
)
_LEGAL_CHINESE = re.compile(r"(?:股份|集团|有限|责任)*公司$|(?:股份有限|集团)$")


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others; all of them where none is left."""
    bare = _LEGAL_CHINESE.sub("", fold(name).strip())
    every = words_of(bare or name)
    return tuple(word for word in every if word not in _LEGAL) or every


def likely(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    texts: Mapping[str, str],
) -> tuple[Hit, ...]:
    """Records like one with these texts by local name, the likeliest first; only visible ones."""
    found: dict[str, Hit] = {}
    for name in (obj.name, SAME_PEOPLE.get(obj.name, "")):
        other = snapshot.find_object(name) if name else None
        if other is None or other.storage or not _may_read(actor, other, snapshot):
            continue
        for query in _queries(actor, snapshot, other, texts):
            for record in run.run(conn, actor, query, snapshot).records:
                found.setdefault(record.id, hit_of(snapshot, record))
            if len(found) >= MOST:
                return tuple(found.values())[:MOST]
    return tuple(found.values())


def _may_read(actor: Actor, obj: CustomObject, snapshot: Snapshot) -> bool:
    return permissions.may(actor, permissions.Operation.READ, obj, snapshot)


def _queries(
    actor: Actor, snapshot: Snapshot, obj: CustomObject, texts: Mapping[str, str]
) -> Iterator[Query]:
    """One query for each thing that tells a record: mail, telephone, name."""
    base = Query(obj.name, detail_paths(snapshot, obj.name), limit=MOST)
    mail = texts.get("Email", "").strip()
    field = snapshot.find_field(obj.name, "Email")
    if "@" in mail and field and permissions.readable(actor, field, snapshot):
        yield replace(base, where=Condition("Email", "equals", (mail,)))
    for number in NUMBERS:
        digits = re.sub(r"\D", "", texts.get(number, ""))
        if len(digits) > SHORTEST_NUMBER:
            yield replace(base, words=digits)
    name = (
        texts.get("Name") or f"{texts.get('FirstName', '')} {texts.get('LastName', '')}"
    ).strip()
    is_person = "LastName" in texts
    if len(name) >= SHORTEST and (not is_person or texts.get("FirstName", "").strip()):
        yield replace(base, words=" ".join(name_words(name)))
