"""Grounds of access in words: what decides, by name, with the way to where it is set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Connection

from ...metadata.definition import Definition
from ...metadata.kinds.custom_field import CustomField
from ...metadata.rights import profile_of
from ...metadata.snapshot import Snapshot
from ...metadata.system_permissions import SYSTEM_PERMISSIONS
from ...platform.i18n import _, lazy
from ..access import teams
from ..access.branch import Reason
from ..access.masters import controlling
from ..access.people import BELOW_MARK
from ..access.permissions import readable
from ..access.shares import MANUAL, Share, reaching
from ..access.verdicts import Answer, Ground, Verdict, Why
from ..query.binding import scene_of
from ..query.record import Record
from ..query.run import find_titles, get_many
from .scope import Here
from .setup_links import field_access_url, setup_url

MODELS = {
    "Private": lazy("Private"),
    "Read": lazy("Everybody reads"),
    "ReadWrite": lazy("Everybody reads and edits"),
    "ReadWriteTransfer": lazy("Everybody reads, edits and transfers"),
    "FullAccess": lazy("Everybody has all"),
    "ControlledByParent": lazy("As the parent record"),
}
RIGHTS = {
    "Read": lazy("Read"),
    "Edit": lazy("Edit"),
    "Delete": lazy("Delete"),
    "View all": lazy("View all"),
    "Modify all": lazy("Modify all"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, and where it leads."""

    text: str
    url: str = ""


def grantee_label(snapshot: Snapshot, grantee: str, titles: dict[str, str]) -> str:
    """Whom a share is for, by name."""
    circle = snapshot.find_uid(grantee.removeprefix(BELOW_MARK))
    if circle is None:
        return titles.get(grantee) or _("Somebody who is gone")
    label = snapshot.label(circle)
    if circle.kind == "Role":
        is_wide = grantee.startswith(BELOW_MARK)
        return (
            _("Role %(name)s and below", name=label) if is_wide else _("Role %(name)s", name=label)
        )
    return _("Group %(name)s", name=label)


class Words:
    """Puts the grounds of one answer into words."""

    def __init__(self, connection: Connection, scope: Here, found: Answer, record: Record) -> None:
        self._connection, self._scope, self._found, self._record = connection, scope, found, record
        self._snapshot = scope.snapshot

    def of(self, verdict: Verdict, field: CustomField | None = None) -> list[Said]:
        """Each ground as a sentence; of a field that is missed it leads to where it is given."""
        return [said for ground in verdict.grounds for said in self._of(ground, field)]

    def _of(self, ground: Ground, field: CustomField | None) -> Iterator[Said]:
        if ground.why is Why.CAUSE and ground.cause is not None:
            yield from _CAUSES[ground.cause.reason](self, ground.cause.uid)
            return
        if ground.givers:
            yield from (self._given(ground, giver) for giver in ground.givers)
            return
        yield self._plain(ground, field)

    # -- rights

    def _given(self, ground: Ground, giver: Definition) -> Said:
        what = self._object if ground.why in (Why.ALL, Why.GIVEN) else ""
        right = str(RIGHTS.get(ground.right, ground.right))
        if ground.why is Why.TRANSFER_ANY:
            right = str(SYSTEM_PERMISSIONS["TransferAnyEntity"].label)
        label, url = self._snapshot.label(giver), setup_url(self._scope, giver)
        of = {"name": label, "right": right, "what": what}
        if giver.kind == "Profile":
            return Said(_("Profile %(name)s: %(right)s %(what)s", **of).strip(), url)
        return Said(_("Permission set %(name)s: %(right)s %(what)s", **of).strip(), url)

    def _plain(self, ground: Ground, field: CustomField | None) -> Said:
        obj, scope = self._found.object, self._scope
        profile = profile_of(self._found.actor.profile, self._snapshot)
        name = self._snapshot.label(profile) if profile else _("None")
        right = str(RIGHTS.get(ground.right, ground.right))
        match ground.why:
            case Why.LACKS_RIGHT:
                text = _(
                    "Profile %(name)s lacks %(right)s on %(what)s, and no permission set gives it.",
                    name=name, right=right, what=self._object,
                )  # fmt: skip
                return Said(text, setup_url(scope, profile))
            case Why.LACKS_INPUT:
                text = _("The formula looks at something that they may not read.")
                return Said(text, "")
            case Why.LACKS_FIELD:
                text = _(
                    "Profile %(name)s lacks %(right)s on this field, and no permission set gives "
                    "it.", name=name, right=right,
                )  # fmt: skip
                if profile is None or field is None:
                    return Said(text, setup_url(scope, profile))
                return Said(text, field_access_url(scope, profile, field, ground.right))
            case Why.LACKS_RECORD:
                text = _(
                    "The org-wide default is “%(model)s”, and neither ownership, roles, rules nor "
                    "shares give more of this record.", model=self._model,
                )  # fmt: skip
                return Said(text, setup_url(scope, obj))
            case Why.DEFAULT:
                text = _("Org-wide default: %(model)s", model=self._model)
                return Said(text, setup_url(scope, obj))
        return Said(str(_PLAIN[ground.why]))

    @property
    def _object(self) -> str:
        return self._snapshot.label(self._found.object, "pluralLabel")

    @property
    def _model(self) -> str:
        return str(MODELS[self._found.object.sharing_model])

    # -- sources of access to the record

    def _owner(self, _uid: str) -> Iterator[Said]:
        yield Said(_("Owns the record"))

    def _queue(self, _uid: str) -> Iterator[Said]:
        queue = self._snapshot.find_uid(str(self._record.values.get("OwnerId") or ""))
        name = self._snapshot.label(queue) if queue else ""
        text = _("The queue %(name)s owns it: they, or somebody below, are in it", name=name)
        yield Said(text, setup_url(self._scope, queue))

    def _hierarchy(self, _uid: str) -> Iterator[Said]:
        role = self._snapshot.find_uid(self._found.actor.role)
        name = self._titles(str(self._record.values.get("OwnerId") or ""))
        label = self._snapshot.label(role) if role else ""
        text = _("Above the owner, %(name)s, in the roles: %(role)s", name=name, role=label)
        yield Said(text, setup_url(self._scope, role))

    def _rule(self, uid: str) -> Iterator[Said]:
        rule = self._snapshot.find_uid(uid)
        if rule is not None:
            text = _("Sharing rule: %(name)s", name=self._snapshot.label(rule))
            yield Said(text, setup_url(self._scope, rule))

    def _share(self, _uid: str) -> Iterator[Said]:
        shares = reaching(self._connection, self._found.actor, self._snapshot, self._record.id)
        for one in shares:
            yield Said(self._shared(one))

    def _shared(self, one: Share) -> str:
        names = find_titles(
            self._connection, self._scope.actor, self._snapshot, (one.grantee, one.by_id)
        )
        label = grantee_label(self._snapshot, one.grantee, names)
        if one.cause != MANUAL:
            return _("In the record's team: %(whom)s", whom=label)
        by = names.get(one.by_id, _("Somebody who is gone"))
        return _("Shared by %(name)s with: %(whom)s", name=by, whom=label)

    def _team(self, _uid: str) -> Iterator[Said]:
        """Each member by whom it comes to them, with the way to where it can be changed."""
        snapshot, is_own = self._snapshot, self._found.object.name == teams.OF
        account = self._record.id if is_own else str(self._record.values.get(teams.ACCOUNT) or "")
        ids = teams.reaching(self._connection, scene_of(self._found.actor, snapshot), account)
        field = snapshot.field(teams.TEAM, teams.MEMBER)
        shown = (teams.MEMBER if readable(self._scope.actor, field, snapshot) else "Id",)
        members = get_many(self._connection, self._scope.actor, snapshot, teams.TEAM, ids, shown)
        for record_id in ids:
            if (member := members.get(record_id)) is None:
                yield Said(_("In the team of the account"))
                continue
            name = self._titles(str(member.values.get(teams.MEMBER) or ""))
            url = url_for("pages.record", record_id=record_id)
            yield Said(_("In the team of the account: %(whom)s", whom=name), url)

    def _child(self, _uid: str) -> Iterator[Said]:
        yield Said(_("Has a contact, opportunity or case of this account"))

    def _account(self, uid: str) -> Iterator[Said]:
        account = str(self._record.values.get("AccountId") or "")
        name = self._titles(account)
        rule = self._snapshot.find_uid(uid) if uid else None
        if rule is not None:
            text = _("Sharing rule of accounts: %(name)s", name=self._snapshot.label(rule))
            yield Said(text, setup_url(self._scope, rule))
            return
        text = _("Comes with the account %(name)s", name=name)
        yield Said(text, self._why_of(account))

    def _master(self, _uid: str) -> Iterator[Said]:
        fields = controlling(self._found.object, self._snapshot)
        ids = [str(self._record.values.get(f.local_name) or "") for f in fields]
        for one in filter(None, ids):
            text = _("Has what it takes on the parent record: %(name)s", name=self._titles(one))
            yield Said(text, self._why_of(one))

    def _why_of(self, record_id: str) -> str:
        """The same question about another record."""
        if not self._titles(record_id):
            return ""
        user_id = self._found.actor.user_id
        return url_for("pages.record_access", record_id=record_id, user=user_id)

    def _titles(self, record_id: str) -> str:
        found = find_titles(self._connection, self._scope.actor, self._snapshot, (record_id,))
        return found.get(record_id, "")


_PLAIN = {
    Why.PRIVATE: lazy("The record is private: its owner and those invited see it, nobody else."),
    Why.PEOPLE: lazy("Everybody sees users; they are changed in Setup alone."),
    Why.OWNERLESS: lazy("It belongs to the owner of its parent record."),
    Why.SHOWN: lazy("Shown to whoever sees the record"),
    Why.COMPUTED: lazy("Kept by the system"),
    Why.DEED: lazy("The record itself does not allow it"),
    Why.GIVEN: lazy("By right"),
    Why.ALL: lazy("By right"),
    Why.TRANSFER_ANY: lazy("By right"),
}
_CAUSES: dict[Reason, Callable[[Words, str], Iterator[Said]]] = {
    Reason.OWNER: Words._owner,
    Reason.QUEUE: Words._queue,
    Reason.HIERARCHY: Words._hierarchy,
    Reason.RULE: Words._rule,
    Reason.SHARE: Words._share,
    Reason.TEAM: Words._team,
    Reason.CHILD: Words._child,
    Reason.ACCOUNT: Words._account,
    Reason.MASTER: Words._master,
}
