"""The actor: who does something, in which org, and how to speak to them. Absence is never power."""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import Localization
from ..ids import RecordId, checksum

ADMIN = "Admin"
STANDARD = "Standard"
PROFILES = (ADMIN, STANDARD, "ReadOnly", "MinimumAccess")  # those that are shipped

_SYSTEM = "005000000000000"
SYSTEM_USER_ID = RecordId(_SYSTEM + checksum(_SYSTEM))


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work in one org, or the system for a stated reason.

    An actor is made from a user who is active and not frozen at that moment. What they may do is
    worked out from what stands here and from the org's metadata, anew for each of its versions.
    """

    user_id: RecordId
    name: str
    org: str  # org key
    profile: str  # uid of the profile; of a shipped one its name, such as Admin
    language: str
    locale: str
    time_zone: str
    currency: str
    reason: str = ""  # why the system acts; empty for people
    role: str = ""  # uid of the role, "" for nobody's place in the tree
    permission_sets: tuple[str, ...] = ()  # uids of permission sets and groups of them, sorted
    groups: tuple[str, ...] = ()  # uids of groups and queues that they are in directly, sorted
    fiscal_start: int = 1  # the month with which the company's fiscal year begins

    @property
    def is_administrator(self) -> bool:
        return self.profile == ADMIN

    @property
    def is_system(self) -> bool:
        return self.user_id == SYSTEM_USER_ID

    @property
    def localization(self) -> Localization:
        """How to speak to this actor; for `use_locale`."""
        return Localization(self.language, self.locale, self.time_zone, self.currency)


def system_actor(org: str, reason: str, localization: Localization | None = None) -> Actor:
    """The system itself, with an administrator's rights; `reason` goes to the audit log."""
    if not reason.strip():
        raise ValueError("the system acts for a reason")
    spoken = localization or Localization()
    return Actor(
        SYSTEM_USER_ID,
        "System",
        org,
        ADMIN,
        spoken.language,
        spoken.locale,
        spoken.time_zone,
        spoken.currency,
        reason,
    )
