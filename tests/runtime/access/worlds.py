"""Random worlds for the oracle, and how an org comes to hold one: metadata as a snapshot, the rest
as rows, all in one transaction that is taken back.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from tests.factories import make_document, make_field, make_object
from tests.runtime.access.oracle import (
    CHILDREN,
    TEAM,
    Circle,
    Group,
    Person,
    Record,
    Rule,
    Share,
    World,
)
from trellis.metadata.definition import Document
from trellis.metadata.kinds import KINDS
from trellis.metadata.reach import write_reach
from trellis.metadata.snapshot import Snapshot
from trellis.platform.ids import RecordId, checksum
from trellis.platform.migrations.tables import (
    METADATA,
    sys_group_member,
    sys_share,
    sys_user,
)
from trellis.platform.people.actor import Actor
from trellis.runtime.access.people import BELOW_MARK
from trellis.runtime.access.teams import LEVEL_FIELDS
from trellis.runtime.tables import Tables

OWNED = ("Account", *CHILDREN)
DETAILS = {
    "Part": ("Account",),
    "Line": ("Opportunity",),
    "Pair": ("Account", "Case"),
    TEAM: ("Account",),
}
OBJECTS = (*OWNED, *DETAILS)
COLOURS = ("red", "blue")
CIRCLES = ("role", "roleAndSubordinates", "group", "queue", "allInternalUsers")
PROFILES = (*["plain"] * 6, "viewer", "viewer", "modifier", "modifier", "auditor", "chief")
SETS = ("extra view", "extra modify")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def id_of(prefix: str, number: int) -> str:
    short = f"{prefix}{number + 1:012d}"  # 0 is the system
    return short + checksum(short)


# -- worlds of chance


def make_world(seed: int) -> World:
    """A small org: up to six roles, four people, three groups and queues, some rules and shares."""
    return _Maker(random.Random(seed)).world()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        names = [f"R{n}" for n in range(chance.randint(0, 6))]
        self.roles = {
            name: chance.choice(["", *names[:n]]) if n else "" for n, name in enumerate(names)
        }
        self.groups: dict[str, Group] = {}
        self._make_groups()
        self.people = {p.id: p for p in (self._person(n) for n in range(chance.randint(2, 5)))}

    @classmethod
    def of(cls, chance: random.Random, world: World) -> _Maker:
        """One that adds to a world that is there."""
        made = cls.__new__(cls)
        made.chance, made.roles, made.people = chance, dict(world.roles), dict(world.people)
        made.groups = dict(world.groups)
        return made

    def _make_groups(self) -> None:
        for n in range(self.chance.randint(0, 3)):
            is_queue = self.chance.random() < 0.4
            name, members = f"G{n}", self._some(lambda: self._circle(inner=True), 2)
            bosses = is_queue or self.chance.random() < 0.5
            queue_id = id_of("00G", n) if is_queue else ""
            self.groups[name] = Group(
                name, tuple(dict.fromkeys(members)), bosses, is_queue, queue_id
            )

    def _some(self, make: Any, most: int) -> list[Any]:
        return [made for _n in range(self.chance.randint(0, most)) if (made := make()) is not None]

    def _circle(self, *, inner: bool = False) -> Circle | None:
        types = [t for t in CIRCLES if not inner or t not in ("queue", "allInternalUsers")]
        kind = self.chance.choice(types)
        if kind == "allInternalUsers":
            return Circle(kind)
        named = {
            "role": list(self.roles),
            "roleAndSubordinates": list(self.roles),
            "group": [g.name for g in self.groups.values() if not g.queue],
            "queue": [g.name for g in self.groups.values() if g.queue],
        }[kind]
        return Circle(kind, self.chance.choice(named)) if named else None

    def _person(self, number: int) -> Person:
        groups = [g for g in self.groups if self.chance.random() < 0.3]
        role = self.chance.choice(["", *self.roles, *self.roles])
        profile = self.chance.choice(PROFILES)
        sets = frozenset(one for one in SETS if self.chance.random() < 0.04)
        return Person(id_of("005", number), role, profile, frozenset(groups), sets)

    def world(self) -> World:
        chance = self.chance
        models = (*["Private"] * 6, *["Read"] * 2, "ReadWrite", "ReadWriteTransfer", "FullAccess")
        defaults = {name: chance.choice(models) for name in OWNED}
        if chance.random() < 0.3:
            defaults["Contact"] = "ControlledByParent"
        records = self._records()
        world = World(
            roles=self.roles,
            role_levels={r: self._levels() for r in self.roles},
            people=self.people,
            groups=self.groups,
            defaults=defaults | dict.fromkeys(DETAILS, "ControlledByParent"),
            hierarchies={name: chance.random() < 0.8 for name in OBJECTS},
            rights={
                "plain": {},
                "viewer": {chance.choice(OBJECTS): "view"},
                "modifier": {chance.choice(OBJECTS): "modify", chance.choice(OBJECTS): "view"},
                "auditor": {"*": "view"},
                "chief": {"*": "modify"},
                "extra view": {chance.choice(OBJECTS): "view"},
                "extra modify": {chance.choice(OBJECTS): "modify"},
            },
            read_is_enough=frozenset(n for n in (0, 1) if chance.random() < 0.3),
            rules=(),
            shares=(),
            records=records,
        )
        return replace(
            world,
            rules=tuple(self._some(lambda: self._rule(defaults), 4)),
            shares=tuple(self._shares(records)),
        )

    def _levels(self) -> dict[str, str]:
        return {
            name: self.chance.choice(("None", "Read", "Edit"))
            for name in CHILDREN
            if self.chance.random() < 0.8
        }

    def _rule(self, defaults: Mapping[str, str]) -> Rule | None:
        name, to = self.chance.choice(OWNED), self._circle()
        if to is None or defaults[name] == "ControlledByParent":
            return None
        level = self.chance.choice(("Read", "Edit"))
        children = self._levels() if name == "Account" and self.chance.random() < 0.6 else {}
        if self.chance.random() < 0.5:
            colour = self.chance.choice(COLOURS)
            return Rule(name, to, level, None, colour, children)
        owners = self._circle()
        return Rule(name, to, level, owners, "", children) if owners else None

    def _shares(self, records: Mapping[str, Record]) -> Iterator[Share]:
        owned = [r for r in records.values() if r.owner]
        for _n in range(self.chance.randint(0, 4)):
            record = self.chance.choice(owned)
            people = [Circle("user", one) for one in self.people]
            to = self.chance.choice([*people, self._circle()])
            if to is None or to.type == "allInternalUsers":
                continue
            meant = record.object
            if meant == "Account" and self.chance.random() < 0.4:
                meant = self.chance.choice(CHILDREN)
            yield Share(record.id, meant, to, self.chance.choice(("Read", "Edit")))

    def _records(self) -> dict[str, Record]:
        found: dict[str, Record] = {}
        owners = [*self.people, *(g.id for g in self.groups.values() if g.queue)]
        for name in OWNED:
            for n in range(self.chance.randint(1, 3)):
                accounts = [r.id for r in found.values() if r.object == "Account"]
                account = self.chance.choice(["", *accounts]) if name != "Account" else ""
                made = Record(
                    id_of(PREFIXES[name], n), name, self.chance.choice(owners),
                    self.chance.choice(COLOURS), account,
                )  # fmt: skip
                found[made.id] = made
        for name, targets in DETAILS.items():
            masters = tuple(
                self.chance.choice([r.id for r in found.values() if r.object == target])
                for target in targets
            )
            made = Record(id_of(PREFIXES[name], 0), name, "", "red", "", masters)
            if name != TEAM:
                found[made.id] = made
        accounts = [r.id for r in found.values() if r.object == "Account"]
        for n in range(self.chance.randint(0, 4)):
            made = self.member(id_of(PREFIXES[TEAM], n), self.chance.choice(accounts))
            found[made.id] = made
        return found

    def member(self, record_id: str, account: str) -> Record:
        """Somebody in the team of an account."""
        levels = {name: self.chance.choice(("None", "Read", "Edit")) for name in CHILDREN}
        levels["Account"] = self.chance.choice(("Read", "Edit"))
        person = self.chance.choice(list(self.people))
        return Record(record_id, TEAM, "", "", "", (account,), person, levels)


def some_members(chance: random.Random, world: World) -> tuple[Circle, ...]:
    """Whom a group may come to hold."""
    maker = _Maker.of(chance, world)
    return tuple(dict.fromkeys(maker._some(lambda: maker._circle(inner=True), 2)))


def some_member(chance: random.Random, world: World, account: str) -> Record:
    return _Maker.of(chance, world).member("", account)


def some_rule(chance: random.Random, world: World) -> Rule | None:
    return _Maker.of(chance, world)._rule(world.defaults)


# -- a world in an org

PREFIXES = {
    "Account": "001", "Contact": "003", "Opportunity": "006", "Case": "500",
    "Part": "a01", "Line": "a02", "Pair": "a03", TEAM: "01M",
}  # fmt: skip


def base_documents() -> list[Document]:
    """The objects of every world."""
    found: list[Document] = [
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
    ]
    for name in OWNED:
        found.append(make_object(name, keyPrefix=PREFIXES[name]))
        found += (make_field(f"{name}.Name"), make_field(f"{name}.Colour"))
        if name != "Account":
            found.append(make_field(f"{name}.AccountId", "Lookup", to="Account"))
    for name, masters in DETAILS.items():
        found.append(make_object(name, keyPrefix=PREFIXES[name], sharingModel="ControlledByParent"))
        found.append(make_field(f"{name}.Name"))
        for n, master in enumerate(masters):
            field = f"{name}.{master_field(name, master)}"
            found.append(make_field(field, "MasterDetail", to=master, relationshipOrder=n))
    found.append(make_field(f"{TEAM}.UserId", "Lookup", to="User"))
    values = [{"name": level} for level in ("None", "Read", "Edit")]
    for field in LEVEL_FIELDS.values():
        found.append(make_field(f"{TEAM}.{field}", "Picklist", valueSet={"values": values}))
    return found


def master_field(detail: str, master: str) -> str:
    return f"{master}Id" if detail == TEAM else master


def documents_of(world: World, base: Snapshot) -> Iterator[Document]:
    """The world's metadata."""
    for name in OBJECTS:
        changed = {
            "sharingModel": world.defaults[name],
            "grantAccessUsingHierarchies": world.hierarchies[name],
        }
        if name == "Contact" and world.defaults[name] == "ControlledByParent":
            changed["controlledBy"] = "AccountId"
        yield dict(base.object(name).document) | changed
    for name, masters in DETAILS.items():
        for n, master in enumerate(masters):
            field = dict(base.field(name, master_field(name, master)).document)
            yield field | {"writeRequiresMasterRead": n in world.read_is_enough}
    yield from _people_documents(world)
    for n, rule in enumerate(world.rules):
        yield rule_document(f"{rule.object}.Rule{n}", rule)


def _people_documents(world: World) -> Iterator[Document]:
    for name, above in world.roles.items():
        levels = {f"{c.lower()}AccessLevel": level for c, level in world.role_levels[name].items()}
        yield make_document("Role", name, **levels, **({"parentRole": above} if above else {}))
    for group in world.groups.values():
        members = [{"type": c.type, "name": c.name} for c in group.members]
        if group.queue:
            objects = list(OWNED)
            document = make_document("Queue", group.name, members=members, objects=objects)
            yield dict(document) | {"uid": group.id}
        else:
            yield make_document(
                "Group", group.name, members=members, doesIncludeBosses=group.bosses
            )
    for name, rights in world.rights.items():
        yield _rights_document(name, rights)


def _rights_document(name: str, rights: Mapping[str, str]) -> Document:
    keys = {"view": "viewAllRecords", "modify": "modifyAllRecords"}
    over_all = {"view": "ViewAllData", "modify": "ModifyAllData"}
    rows = [{"object": o, keys[right]: True} for o, right in rights.items() if o != "*"]
    system = [{"name": over_all[right]} for o, right in rights.items() if o == "*"]
    if name in SETS:
        api = name.replace(" ", "_")
        return make_document("PermissionSet", api, objectPermissions=rows)
    read = [{"object": o, "allowRead": True} for o in OBJECTS if o not in rights]
    return make_document(
        "Profile", name, objectPermissions=[*rows, *read], userPermissions=system,
        fieldPermissions=[{"field": "*", "editable": True}],
    )  # fmt: skip


def rule_document(name: str, rule: Rule) -> Document:
    def said(circle: Circle) -> dict[str, str]:
        return {"type": circle.type, **({"name": circle.name} if circle.name else {})}

    more: dict[str, Any] = {"type": "owner"}
    if rule.owners is None:
        row = {"id": "1", "field": "Colour", "operator": "equals", "value": rule.colour}
        more = {"type": "criteria", "filters": [row]}
    else:
        more["sharedFrom"] = said(rule.owners)
    if rule.children:
        levels = {f"{c.lower()}AccessLevel": level for c, level in rule.children.items()}
        more["accountSettings"] = levels
    return make_document(
        "SharingRule", name, object=rule.object, sharedTo=said(rule.to), access=rule.level, **more
    )


def snapshot_of(world: World, base: Snapshot) -> Snapshot:
    """The base with the world's metadata in it.

    No world has a field of its own, so all use the base's tables: statements of one text are then
    compiled once for thousands of worlds, and no table is ever built again.
    """
    documents = list(documents_of(world, base))
    made = base.with_changes(KINDS.get(d["kind"]).parse(d) for d in documents)
    theirs, ours = Tables.of(made), Tables.of(base)
    for name in OBJECTS:
        home = replace(ours.home(name), object=made.object(name))
        theirs._homes[name] = home
    return made


def empty(conn: sa.Connection, snapshot: Snapshot) -> None:
    """Leaves no people, shares and records."""
    for table in (sys_share, sys_group_member, sys_user):
        conn.execute(sa.delete(METADATA.tables[table.name]))
    for name in OBJECTS:
        conn.execute(sa.delete(Tables.of(snapshot).home(name).main))


def fill(conn: sa.Connection, world: World, snapshot: Snapshot) -> None:
    """The world's people, shares and records as rows, and no others."""
    empty(conn, snapshot)
    write_reach(conn, snapshot)
    conn.execute(sa.insert(sys_user), [_user_row(p, snapshot) for p in world.people.values()])
    members = [
        {"group_uid": group_uid(name, snapshot), "user_id": person.id}
        for person in world.people.values()
        for name in person.groups
    ]
    _insert(conn, sys_group_member, members)
    _insert(conn, sys_share, _share_rows(world, snapshot))
    for name in OBJECTS:
        home = Tables.of(snapshot).home(name)
        rows = [_record_row(r, snapshot) for r in world.records.values() if r.object == name]
        _insert(conn, home.main, rows)


def _insert(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(sa.insert(table), list(rows))


def group_uid(name: str, snapshot: Snapshot) -> str:
    found = snapshot.find("Group", name) or snapshot.find("Queue", name)
    return str(found.uid) if found else ""


def _role_uid(name: str, snapshot: Snapshot) -> str:
    return str(snapshot.get("Role", name).uid) if name else ""


def _user_row(person: Person, snapshot: Snapshot) -> dict[str, Any]:
    texts = dict.fromkeys(
        ("username", "username_key", "last_name", "name", "name_key"), person.id.casefold()
    ) | dict.fromkeys(("email", "email_key"), f"{person.id.casefold()}@example.com")
    return {
        "id": person.id, **texts, "profile": _profile_uid(person, snapshot),
        "role": _role_uid(person.role, snapshot) or None, "is_active": True, "is_frozen": False,
        "language": "en", "locale": "en_US", "time_zone": "UTC", "theme": "system",
        "density": "compact", "must_change_password": False, "created_at": AT, "created_by": "x",
        "modified_at": AT, "modified_by": "x", "version": 1, "is_deleted": False,
    }  # fmt: skip


def _profile_uid(person: Person, snapshot: Snapshot) -> str:
    return str(snapshot.get("Profile", person.profile).uid)


def _set_uid(name: str, snapshot: Snapshot) -> str:
    return str(snapshot.get("PermissionSet", name.replace(" ", "_")).uid)


def _share_rows(world: World, snapshot: Snapshot) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for share in world.shares:
        row = {
            "record_id": share.record, "object_uid": snapshot.object(share.object).uid,
            "grantee": grantee_of(share.to, snapshot), "cause": "Manual",
            "level": 2 if share.level == "Edit" else 1, "at": AT, "by_id": "x",
        }  # fmt: skip
        key = (row["record_id"], row["object_uid"], row["grantee"])
        if key not in rows or rows[key]["level"] < row["level"]:
            rows[key] = row
    return list(rows.values())


def grantee_of(circle: Circle, snapshot: Snapshot) -> str:
    if circle.type == "user":
        return circle.name
    if circle.type in ("group", "queue"):
        return group_uid(circle.name, snapshot)
    mark = BELOW_MARK if circle.type == "roleAndSubordinates" else ""
    return mark + _role_uid(circle.name, snapshot)


def _record_row(record: Record, snapshot: Snapshot) -> dict[str, Any]:
    home = Tables.of(snapshot).home(record.object)

    def column(name: str, part: str = "") -> str:
        return home.parts(snapshot.field(record.object, name))[part].column

    row: dict[str, Any] = {
        "id": record.id, "created_at": AT, "created_by": "x", "modified_at": AT,
        "modified_by": "x", "version": 1, "is_deleted": False, column("Name"): record.id,
        column("Name", "key"): record.id.casefold(),
    }  # fmt: skip
    if record.owner:
        row |= {"owner_id": record.owner}
        row |= {column("Colour"): record.colour, column("Colour", "key"): record.colour}
    if record.object in CHILDREN:
        row[column("AccountId")] = record.account or None
    for target, master in zip(DETAILS.get(record.object, ()), record.masters, strict=True):
        row[column(master_field(record.object, target))] = master
    if record.member:
        row[column("UserId")] = record.member
        row |= {column(LEVEL_FIELDS[name]): level for name, level in record.levels.items()}
    return row


def actor_of(person: Person, snapshot: Snapshot) -> Actor:
    """The person as they would be signed in."""
    return Actor(
        RecordId(person.id), person.id, "main", _profile_uid(person, snapshot),
        "en", "en_US", "UTC", "USD", role=_role_uid(person.role, snapshot),
        groups=tuple(sorted(group_uid(name, snapshot) for name in person.groups)),
        permission_sets=tuple(sorted(_set_uid(name, snapshot) for name in person.sets)),
    )  # fmt: skip
