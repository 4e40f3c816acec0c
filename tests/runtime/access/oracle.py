"""Who sees what, worked out record by record from the published rules, with no SQL in it.

Written apart from `runtime/access`: plain loops over a small world, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NONE, READ, EDIT, FULL = range(4)
DEFAULTS = {
    "Private": NONE, "Read": READ, "ReadWrite": EDIT, "ReadWriteTransfer": EDIT, "FullAccess": FULL,
}  # fmt: skip
LEVELS = {"None": NONE, "Read": READ, "Edit": EDIT}
CHILDREN = ("Contact", "Opportunity", "Case")
TEAM = "AccountTeamMember"


@dataclass(frozen=True)
class Person:
    id: str
    role: str  # name of a role, "" for none
    profile: str
    groups: frozenset[str]  # names of groups and queues that they are in by themselves
    sets: frozenset[str] = frozenset()  # names of permission sets


@dataclass(frozen=True)
class Circle:
    type: str  # role, roleAndSubordinates, group, queue, allInternalUsers
    name: str = ""


@dataclass(frozen=True)
class Group:
    name: str
    members: tuple[Circle, ...]
    bosses: bool
    queue: bool = False
    id: str = ""  # of a queue, where it owns records


@dataclass(frozen=True)
class Rule:
    object: str
    to: Circle
    level: str  # Read or Edit
    owners: Circle | None = None  # whose records; None: those of the colour
    colour: str = ""
    children: Mapping[str, str] = field(default_factory=dict)  # {object: level}


@dataclass(frozen=True)
class Share:
    record: str
    object: str  # the record's own, or a child's: then the account's children are meant
    to: Circle  # also type "user" with the id of one
    level: str


@dataclass(frozen=True)
class Record:
    id: str
    object: str
    owner: str  # id of a person or queue; "" for a detail
    colour: str
    account: str = ""  # id of the account it belongs to
    masters: tuple[str, ...] = ()  # ids of the masters of a detail
    member: str = ""  # of a member of a team: the person
    levels: Mapping[str, str] = field(default_factory=dict)  # likewise: {object: level}


@dataclass(frozen=True)
class World:
    roles: Mapping[str, str]  # {role: role above, "" at the top}
    role_levels: Mapping[str, Mapping[str, str]]  # {role: {child object: level}}
    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    defaults: Mapping[str, str]  # {object: org-wide default}
    hierarchies: Mapping[str, bool]  # {object: whether people above have what owners have}
    # {profile or permission set: {object or "*" for all: "view" or "modify"}}
    rights: Mapping[str, Mapping[str, str]]
    read_is_enough: frozenset[int]  # places of masters that need only be read to write a detail
    rules: tuple[Rule, ...]
    shares: tuple[Share, ...]
    records: Mapping[str, Record]

    # -- people

    def line(self, role: str) -> Iterator[str]:
        """The roles above, the nearest first."""
        while role and self.roles[role]:
            role = self.roles[role]
            yield role

    def is_above(self, role: str, other: str) -> bool:
        return bool(role and other) and role in self.line(other)

    def roles_in(self, circle: Circle) -> set[str]:
        if circle.type == "role":
            return {circle.name}
        if circle.type == "roleAndSubordinates":
            return {circle.name} | {r for r in self.roles if self.is_above(circle.name, r)}
        return set()

    def nested(self, name: str) -> set[str]:
        """The names of a group and of all groups in it."""
        found, waiting = {name}, [name]
        while waiting:
            for circle in self.groups[waiting.pop()].members:
                if circle.type == "group" and circle.name not in found:
                    found.add(circle.name)
                    waiting.append(circle.name)
        return found

    def group_roles(self, name: str) -> set[str]:
        return {
            role
            for one in self.nested(name)
            for circle in self.groups[one].members
            for role in self.roles_in(circle)
        }

    def is_in(self, person: Person, circle: Circle) -> bool:
        if circle.type == "allInternalUsers":
            return True
        if circle.type == "user":
            return person.id == circle.name
        if circle.type in ("group", "queue"):
            by_role = person.role in self.group_roles(circle.name)
            return by_role or bool(person.groups & self.nested(circle.name))
        return person.role in self.roles_in(circle)

    def is_reached(self, person: Person, circle: Circle, *, hierarchies: bool) -> bool:
        """Whether what is given to the circle comes to the person."""
        if self.is_in(person, circle):
            return True
        if not hierarchies or not person.role:
            return False
        if circle.type == "user":
            other = self.people.get(circle.name)
            return other is not None and self.is_above(person.role, other.role)
        if circle.type in ("group", "queue"):
            if not self.groups[circle.name].bosses:
                return False
            below = [p for p in self.people.values() if self.is_above(person.role, p.role)]
            direct = any(p.groups & self.nested(circle.name) for p in below)
            return direct or any(
                self.is_above(person.role, role) for role in self.group_roles(circle.name)
            )
        return any(self.is_above(person.role, role) for role in self.roles_in(circle))

    # -- records

    def owns(self, person: Person, record: Record) -> bool:
        """The owner, and who stands for them."""
        above = self.hierarchies[record.object]
        queue = next((g for g in self.groups.values() if g.queue and g.id == record.owner), None)
        if queue is not None:
            return self.is_reached(person, Circle("queue", queue.name), hierarchies=above)
        owner = self.people[record.owner]
        return owner.id == person.id or (above and self.is_above(person.role, owner.role))

    def meets(self, rule: Rule, record: Record) -> bool:
        if rule.object != record.object:
            return False
        if rule.owners is None:
            return record.colour == rule.colour
        if rule.owners.type == "queue":
            return record.owner == self.groups[rule.owners.name].id
        if rule.owners.type == "allInternalUsers":
            return True
        owner = self.people.get(record.owner)
        return owner is not None and self.is_in(owner, rule.owners)

    def direct(self, person: Person, record: Record) -> int:
        """What the person has for the record's own sake."""
        found = FULL if self.owns(person, record) else NONE
        above = self.hierarchies[record.object]
        for rule in self.rules:
            if self.meets(rule, record) and self.is_reached(person, rule.to, hierarchies=above):
                found = max(found, LEVELS[rule.level])
        if record.object == "Account":
            found = max(found, self.by_team(person, record.id, "Account"))
        return max(found, self.shared(person, record.id, record.object, record.object))

    def by_team(self, person: Person, account: str, meant: str) -> int:
        """What the members of an account's team that are, or are below, the person give them."""
        above = self.hierarchies["Account"]
        members = (one for one in self.records.values() if account in one.masters and one.member)
        return max(
            (
                LEVELS[one.levels[meant]]
                for one in members
                if self.is_reached(person, Circle("user", one.member), hierarchies=above)
            ),
            default=NONE,
        )

    def shared(self, person: Person, record_id: str, owning: str, meant: str) -> int:
        above = self.hierarchies[owning]
        return max(
            (
                LEVELS[share.level]
                for share in self.shares
                if share.record == record_id
                and share.object == meant
                and self.is_reached(person, share.to, hierarchies=above)
            ),
            default=NONE,
        )

    def from_account(self, person: Person, record: Record) -> int:
        """What the owner, the rules and the team of its account give."""
        if record.object not in CHILDREN or not record.account:
            return NONE
        if self.defaults[record.object] == "ControlledByParent":
            return NONE
        account = self.records[record.account]
        found = max(
            self.shared(person, account.id, "Account", record.object),
            self.by_team(person, account.id, record.object),
        )
        owner = self.people.get(account.owner)
        above = self.hierarchies["Account"]
        if owner is not None and owner.role:
            is_theirs = owner.id == person.id or (above and self.is_above(person.role, owner.role))
            if is_theirs:
                found = max(found, LEVELS[self.role_levels[owner.role].get(record.object, "Edit")])
        for rule in self.rules:
            reached = self.is_reached(person, rule.to, hierarchies=above)
            if reached and self.meets(rule, account):
                found = max(found, LEVELS[rule.children.get(record.object, "None")])
        return found

    def from_children(self, person: Person, record: Record) -> int:
        if record.object != "Account":
            return NONE
        children = (
            one
            for one in self.records.values()
            if one.account == record.id
            and one.object in CHILDREN
            and self.defaults[one.object] != "ControlledByParent"
        )
        return READ if any(self.direct(person, one) for one in children) else NONE

    def from_masters(self, person: Person, record: Record, asked: int) -> bool:
        """Whether the masters give the level that is asked for."""
        if record.object == TEAM and asked > READ:
            return self.level(person, self.records[record.masters[0]]) == FULL
        return all(
            self.level(person, self.records[master])
            >= (READ if asked == READ or place in self.read_is_enough else EDIT)
            for place, master in enumerate(record.masters)
        )

    def rights_over(self, person: Person, object_name: str) -> set[str]:
        """What profile and permission sets give on all records of the object."""
        givers = [self.rights[name] for name in (person.profile, *person.sets)]
        return {right for one in givers for o, right in one.items() if o in (object_name, "*")}

    def level(self, person: Person, record: Record) -> int:
        """What the person may do with the record, as far as it decides."""
        rights = self.rights_over(person, record.object)
        if "modify" in rights:
            return FULL
        least = READ if "view" in rights else NONE
        if record.masters:
            found = next((n for n in (FULL, READ) if self.from_masters(person, record, n)), NONE)
            return max(least, found)
        if self.defaults[record.object] == "ControlledByParent":
            return max(least, self._by_lookup(person, record))
        return max(
            least,
            DEFAULTS[self.defaults[record.object]],
            self.direct(person, record),
            self.from_account(person, record),
            self.from_children(person, record),
        )

    def _by_lookup(self, person: Person, record: Record) -> int:
        found = FULL if self.owns(person, record) else NONE
        if record.account:
            given = self.level(person, self.records[record.account])
            found = max(found, FULL if given >= EDIT else READ if given >= READ else NONE)
        return found
