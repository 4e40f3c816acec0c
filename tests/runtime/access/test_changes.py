"""Who sees what stays right while all changes: shares, owners, roles, groups, rules, records.

Every change goes the way it goes at work (deployments, the services of people and records), so that
whatever is kept between statements is found out if it is kept too long.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories import deployed, nobody
from tests.runtime.access import worlds
from tests.runtime.access.oracle import (
    CHILDREN,
    EDIT,
    FULL,
    READ,
    TEAM,
    Circle,
    Group,
    Person,
    Record,
    Rule,
    Share,
    World,
)
from trellis.metadata.definition import Document, Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.ids import new_id
from trellis.platform.migrations.tables import sys_permission_assignment, sys_recycle
from trellis.platform.people import assignments, users
from trellis.platform.people.assignments import Relation
from trellis.platform.people.standing import find_actor
from trellis.runtime.access import shares
from trellis.runtime.access.levels import Level
from trellis.runtime.access.teams import LEVEL_FIELDS
from trellis.runtime.query.compile import select_for
from trellis.runtime.query.request import Query
from trellis.runtime.records.service import Records

pytestmark = pytest.mark.abuse("A05", "A18")

MODELS = ("Private", "Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess")
PEOPLE_KINDS = ("SharingRule", "Group", "Queue", "Role")
chances = st.integers(0, 2**32).map(random.Random)


class Office(RuleBasedStateMachine):
    """A world and the org that holds it, changed together."""

    org_db: OrgDatabase
    base: Snapshot

    def __init__(self) -> None:
        super().__init__()
        self.by = nobody(self.org_db.key)
        self.world: World
        self.rules: dict[str, Rule] = {}
        self.binned: dict[str, World] = {}  # {id of a record in the bin: the world before}
        self.asked = 0
        self.seen: World  # what the last question was about

    @property
    def snapshot(self) -> Snapshot:
        return SNAPSHOTS.get(self.org_db)

    @property
    def records(self) -> Records:
        return Records(self.org_db, self.by, self.snapshot)

    def put(self, *documents: Document, remove: tuple[str, ...] = ()) -> bool:
        """Deploys; says whether the org took it."""
        change = ChangeSet(tuple(documents), tuple(map(Uid, remove)), "A change")
        try:
            deploy(self.org_db, self.by, change)
        except Rejected:
            return False
        return True

    def alter(self, **changes: Any) -> None:
        self.world = replace(self.world, **changes)

    @initialize(chance=chances)
    def begin(self, chance: random.Random) -> None:
        world = worlds.make_world(chance.getrandbits(40))
        # an org's own checks: standard objects leave nobody out, and no object is controlled here
        defaults = {n: m if n in worlds.DETAILS else chance.choice(MODELS)
                    for n, m in world.defaults.items()}  # fmt: skip
        self.world = replace(world, hierarchies=dict.fromkeys(worlds.OBJECTS, True),
                             defaults=defaults)  # fmt: skip
        self.seen = self.world
        self.rules = {f"{r.object}.Rule{n}": r for n, r in enumerate(self.world.rules)}
        documents = list(worlds.documents_of(self.world, self.base))
        old = [one.uid for kind in PEOPLE_KINDS for one in self.snapshot.of_kind(kind)]
        with self.org_db.write() as conn:
            worlds.empty(conn, self.snapshot)
            conn.execute(sa.delete(sys_recycle))
            conn.execute(sa.delete(sys_permission_assignment))
        rules = tuple(one.uid for one in self.snapshot.of_kind("SharingRule"))
        assert not rules or self.put(remove=rules)  # or they hold groups that are to go
        gone = tuple(uid for uid in old if uid not in rules)
        assert not gone or self.put(remove=gone)
        deploy(self.org_db, self.by, ChangeSet(tuple(documents), (), "Begin"))
        with self.org_db.write() as conn:
            worlds.fill(conn, self.world, self.snapshot)
            for person in self.world.people.values():
                for name in person.sets:
                    uid = self.snapshot.get("PermissionSet", name.replace(" ", "_")).uid
                    assignments.give(conn, Relation.PERMISSION, uid, [person.id], self.by)

    # -- shares

    def _record(self, chance: random.Random, *, owned: bool = True) -> Record:
        found = [r for r in self.world.records.values() if r.owner or not owned]
        return chance.choice(found)

    @rule(chance=chances)
    def grant(self, chance: random.Random) -> None:
        record = self._record(chance)
        groups = [Circle("group", g.name) for g in self.world.groups.values() if not g.queue]
        roles = [Circle(t, r) for t in ("role", "roleAndSubordinates") for r in self.world.roles]
        to = chance.choice([*(Circle("user", p) for p in self.world.people), *groups, *roles])
        self._share(record, to, chance.choice(("Read", "Edit")))

    def _share(self, record: Record, to: Circle, level: str) -> None:
        snapshot = self.snapshot
        try:
            with self.org_db.write() as conn:
                grantee = worlds.grantee_of(to, snapshot)
                shares.share(conn, self.by, snapshot, record.id, grantee, level)
        except (Rejected, shares.Denied):
            return  # gives nothing beyond the default, or to the owner
        self._end_share(record, to)
        self.alter(shares=(*self.world.shares, Share(record.id, record.object, to, level)))

    def _end_share(self, record: Record, to: Circle) -> None:
        mine = (record.id, record.object, to)
        left = (s for s in self.world.shares if (s.record, s.object, s.to) != mine)
        self.alter(shares=tuple(left))

    @rule(chance=chances)
    def revoke(self, chance: random.Random) -> None:
        live = [s for s in self.world.shares if s.record in self.world.records]
        own = [s for s in live if self.world.records[s.record].object == s.object]
        if not own:
            return
        share, snapshot = chance.choice(own), self.snapshot
        obj = snapshot.object(share.object)
        if not shares.is_shareable(obj):
            return
        with self.org_db.write() as conn:
            grantee = worlds.grantee_of(share.to, snapshot)
            shares.unshare(conn, self.by, snapshot, share.record, grantee)
        self._end_share(self.world.records[share.record], share.to)

    @rule(chance=chances)
    def hand_over(self, chance: random.Random) -> None:
        """Goes to another owner: a record that somebody has by a share and by nothing else then.

        Left to chance, hardly any share makes a difference that a transfer could end.
        """
        found = self._only_by_share(chance)
        if found is None:
            return
        record, person, owner = found
        self._share(record, Circle("user", person.id), "Edit")
        self.ask(self.world.people.values(), (record.object,))
        self._give(record, owner)
        self.ask(self.world.people.values(), (record.object,))

    def _only_by_share(self, chance: random.Random) -> tuple[Record, Person, str] | None:
        """A record, whom to share it with, and the next owner, so that they lose it again."""
        now = self.world
        open_ones = [r for r in now.records.values()
                     if r.owner and now.defaults[r.object] in ("Private", "Read")]  # fmt: skip
        ways = [(r, p, o) for r in open_ones for p in now.people.values()
                for o in now.people if len({r.owner, p.id, o}) == 3]  # fmt: skip
        chance.shuffle(ways)
        for record, person, owner in ways:
            given = replace(record, owner=owner)
            shared = tuple(s for s in now.shares if s.record != record.id)
            then = replace(now, shares=shared, records={**now.records, record.id: given})
            if then.level(person, given) < EDIT:
                return record, person, owner
        return None

    # -- records

    @rule(chance=chances)
    def give_away(self, chance: random.Random) -> None:
        record = self._record(chance)
        queues = [g.id for g in self.world.groups.values() if g.queue]
        owner = chance.choice([*self.world.people, *queues])
        if owner != record.owner:
            self._give(record, owner)

    def _give(self, record: Record, owner: str) -> None:
        self.records.update(record.id, {"OwnerId": owner})
        self._keep(replace(record, owner=owner))
        self.alter(shares=tuple(s for s in self.world.shares if s.record != record.id))

    def _keep(self, *records: Record) -> None:
        self.alter(records={**self.world.records, **{r.id: r for r in records}})

    @rule(chance=chances)
    def paint(self, chance: random.Random) -> None:
        record = self._record(chance)
        colour = chance.choice(worlds.COLOURS)
        self.records.update(record.id, {"Colour": colour})
        self._keep(replace(record, colour=colour))

    @rule(chance=chances)
    def place(self, chance: random.Random) -> None:
        """A child goes to another account, or to none."""
        children = [r for r in self.world.records.values() if r.object in CHILDREN]
        accounts = [r.id for r in self.world.records.values() if r.object == "Account"]
        if children:
            child, account = chance.choice(children), chance.choice(["", *accounts])
            self.records.update(child.id, {"AccountId": account or None})
            self._keep(replace(child, account=account))

    @rule(chance=chances)
    def delete(self, chance: random.Random) -> None:
        """Details go along with their master, children let go of their account."""
        record, before = self._record(chance, owned=False), self.world
        if record.owner and sum(1 for r in before.records.values() if r.owner) < 3:
            return
        self.records.delete((record.id,))
        left = {
            one.id: replace(one, account="") if one.account == record.id else one
            for one in before.records.values()
            if one.id != record.id and record.id not in one.masters
        }
        self.alter(records=left)
        self.binned = {record.id: before}  # only the last: what went before may have changed since

    @rule()
    def restore(self) -> None:
        for record_id, before in self.binned.items():
            came = set(self.records.undelete((record_id,)))
            assert came == before.records.keys() - self.world.records.keys()
            gone = {one: before.records[one] for one in came}
            back = {
                one.id: replace(one, account=record_id)
                for one in self.world.records.values()
                if not one.account
                and one.id in before.records
                and before.records[one.id].account == record_id
            }
            self._keep(*gone.values(), *back.values())
        self.binned = {}

    @rule(chance=chances)
    def recreate(self, chance: random.Random) -> None:
        """The like of a record under another id, which nobody has been given."""
        like = self._record(chance)
        values: dict[str, Any] = {"Name": "Again", "Colour": like.colour, "OwnerId": like.owner}
        if like.object in CHILDREN:
            values["AccountId"] = like.account or None
        made = self.records.create(like.object, values)
        self._keep(replace(like, id=made))

    @rule(chance=chances)
    def recruit(self, chance: random.Random) -> None:
        """Somebody comes into the team of an account, or gets other levels there."""
        accounts = [r.id for r in self.world.records.values() if r.object == "Account"]
        if not accounts:
            return
        made = worlds.some_member(chance, self.world, chance.choice(accounts))
        levels = {LEVEL_FIELDS[name]: level for name, level in made.levels.items()}
        for known in self.world.records.values():
            if (known.member, known.masters) == (made.member, made.masters):
                self.records.update(known.id, levels)
                self._keep(replace(known, levels=made.levels))
                return
        of = {"AccountId": made.masters[0], "UserId": made.member}
        self._keep(replace(made, id=self.records.create(TEAM, of | levels)))

    # -- people

    @rule(chance=chances)
    def promote(self, chance: random.Random) -> None:
        person = chance.choice(list(self.world.people.values()))
        role = chance.choice(["", *self.world.roles])
        uid = self.snapshot.get("Role", role).uid if role else ""
        with self.org_db.write() as conn:
            assignments.give(conn, Relation.ROLE, uid, [person.id], self.by)
        self._seat(replace(person, role=role))

    def _seat(self, person: Person) -> None:
        self.alter(people={**self.world.people, person.id: person})

    @rule(chance=chances)
    def appoint(self, chance: random.Random) -> None:
        person = chance.choice(list(self.world.people.values()))
        profile = chance.choice(worlds.PROFILES)
        with self.org_db.write() as conn:
            uid = self.snapshot.get("Profile", profile).uid
            users.update_user(conn, person.id, {"profile": uid}, self.by)
        self._seat(replace(person, profile=profile))

    @rule(chance=chances)
    def enlist(self, chance: random.Random) -> None:
        """Into a group or permission set, or out of it."""
        person, snapshot = chance.choice(list(self.world.people.values())), self.snapshot
        name = chance.choice([*self.world.groups, worlds.SETS[0]])
        if name in worlds.SETS:
            relation, held = Relation.PERMISSION, person.sets
            uid = snapshot.get("PermissionSet", name.replace(" ", "_")).uid
        else:
            relation, held = Relation.MEMBERSHIP, person.groups
            uid = worlds.group_uid(name, snapshot)
        change = assignments.take if name in held else assignments.give
        with self.org_db.write() as conn:
            change(conn, relation, uid, [person.id], self.by)
        attribute = "sets" if name in worlds.SETS else "groups"
        self._seat(replace(person, **{attribute: held ^ {name}}))

    # -- metadata

    @rule(chance=chances)
    def move(self, chance: random.Random) -> None:
        """A role goes below another one."""
        if not self.world.roles:
            return
        role, above = chance.choice(list(self.world.roles)), chance.choice(["", *self.world.roles])
        document = dict(self.snapshot.get("Role", role).document)
        document.pop("parentRole", None)
        is_circle = above == role or self.world.is_above(role, above)
        took = self.put(document | ({"parentRole": above} if above else {}))
        assert took != is_circle
        if took:
            self.alter(roles={**self.world.roles, role: above})

    @rule(chance=chances)
    def open_up(self, chance: random.Random) -> None:
        """Another org-wide default."""
        name, model = chance.choice(worlds.OWNED), chance.choice(MODELS)
        document = dict(self.snapshot.object(name).document) | {"sharingModel": model}
        if self.put(document):
            self.alter(defaults={**self.world.defaults, name: model})

    @rule(chance=chances)
    def gather(self, chance: random.Random) -> None:
        """A group comes to hold other roles and groups."""
        groups = [g for g in self.world.groups.values() if not g.queue]
        if groups:
            group = chance.choice(groups)
            members = worlds.some_members(chance, self.world)
            changed = replace(group, members=members)
            if self.put(self._gathering(changed)):
                self.alter(groups={**self.world.groups, group.name: changed})

    def _gathering(self, group: Group) -> Document:
        """The document that a group has now, with other members."""
        now = dict(self.snapshot.get("Group", group.name).document)
        return now | {"members": [{"type": c.type, "name": c.name} for c in group.members]}

    @rule(chance=chances)
    def disband(self, chance: random.Random) -> None:
        """A group goes, and one of its name comes that nobody has joined."""
        groups = [g for g in self.world.groups.values() if not g.queue]
        if not groups:
            return
        group = chance.choice(groups)
        document = dict(self.snapshot.get("Group", group.name).document)
        again, gone = document | {"uid": f"again-{new_id('00G')}"}, (document["uid"],)
        if chance.random() < 0.5:
            assert self.put(again, remove=gone)  # whoever names it holds on to the new one
        elif self.put(remove=gone):
            assert self.put(again)
        else:
            return  # something names it
        to = Circle("group", group.name)
        self.alter(
            shares=tuple(s for s in self.world.shares if s.to != to),
            people={
                p.id: replace(p, groups=p.groups - {group.name}) for p in self.world.people.values()
            },
        )

    @rule(chance=chances)
    def lay_down(self, chance: random.Random) -> None:
        """A new sharing rule."""
        made = worlds.some_rule(chance, self.world)
        if made is None or len(self.rules) > 5:
            return
        name = f"{made.object}.Rule{chance.randrange(10**9)}"
        if self.put(worlds.rule_document(name, made)):
            self._ruled({**self.rules, name: made})

    @rule(chance=chances)
    def lift(self, chance: random.Random) -> None:
        """A rule goes; now and then it comes back under another uid."""
        if not self.rules:
            return
        name = chance.choice(list(self.rules))
        document = dict(self.snapshot.get("SharingRule", name).document)
        assert self.put(remove=(document["uid"],))
        if chance.random() < 0.3:
            assert self.put(document | {"uid": f"again-{new_id('00G')}"})
            return
        self._ruled({n: r for n, r in self.rules.items() if n != name})

    def _ruled(self, rules: Mapping[str, Rule]) -> None:
        self.rules = dict(rules)
        self.alter(rules=tuple(rules.values()))

    # -- what must hold

    @invariant()
    def statements_agree_with_the_model(self) -> None:
        """What changed is asked in full, of the rest a little."""
        if not hasattr(self, "world"):
            return
        self.asked += 1
        chance = random.Random(self.asked)
        people = list(self.world.people.values())
        for name in chance.sample(worlds.OBJECTS, 3):
            self.compare(chance.choice(people), name, chance.randint(READ, FULL))
        before, self.seen = self.seen, self.world
        self.ask(people, _touched_objects(before, self.world))
        moved = [p for p in people if before.people.get(p.id) != p]
        self.ask(moved, worlds.OBJECTS)
        if (before.roles, before.groups, before.rules, before.defaults) != (
            self.world.roles, self.world.groups, self.world.rules, self.world.defaults,
        ):  # fmt: skip
            self.ask([chance.choice(people)], worlds.OBJECTS)

    def ask(self, people: Iterable[Person], objects: Iterable[str]) -> None:
        """Everything about these people and the records of these objects."""
        named = tuple(objects)
        for person in people:
            for name in named:
                for level in (READ, EDIT):
                    self.compare(person, name, level)

    def compare(self, person: Person, name: str, level: int) -> None:
        snapshot = self.snapshot
        mine = [r for r in self.world.records.values() if r.object == name]
        wanted = {r.id for r in mine if self.world.level(person, r) >= level}
        with self.org_db.read() as conn:
            actor = find_actor(conn, self.org_db.key, person.id)
            assert actor is not None
            compiled = select_for(actor, Query(name), snapshot, level=Level(level))
            rows = conn.execute(compiled.statement, compiled.parameters)
            given = {row[0] for row in rows}
            assert given == wanted, (person, name, Level(level), given ^ wanted)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.hand_over(random.Random(self.asked))
            for person in self.world.people.values():
                for name in worlds.OBJECTS:
                    self.compare(person, name, READ)
                    self.compare(person, name, FULL)


def _touched_objects(before: World, now: World) -> set[str]:
    """The objects of records that came, went, changed hands or are shared with others."""
    both = before.records | now.records
    ids = {one for one in both if before.records.get(one) != now.records.get(one)}
    ids |= {share.record for share in set(before.shares) ^ set(now.shares)}
    found = [both[one] for one in ids if one in both]
    of_teams = {"Account", *CHILDREN} if any(one.member for one in found) else set()
    return {one.object for one in found} | of_teams


@pytest.fixture
def office(org_db: OrgDatabase) -> Callable[[int, int], None]:
    """Runs so many examples of so many changes each."""
    base = deployed(org_db, *worlds.base_documents())

    class Here(Office):
        pass

    Here.org_db, Here.base = org_db, base

    def run(examples: int, steps: int) -> None:
        checks = list(HealthCheck)
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
                suppress_health_check=checks, phases=[Phase.generate],
            ),
        )  # fmt: skip

    return run


def test_what_is_given_and_taken_holds_from_the_next_statement_on(
    office: Callable[[int, int], None],
) -> None:
    office(4, 15)


@pytest.mark.nightly
@pytest.mark.timeout(60 * 60)
def test_what_is_given_and_taken_holds_through_thousands_of_changes(
    office: Callable[[int, int], None],
) -> None:
    office(100, 40)
