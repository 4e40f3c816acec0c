"""The actor: who does something, in which org, and how to speak to them. Absence is never power."""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import Localization
from ..ids import RecordId, checksum

ADMIN = "Admin"
STANDARD = "Standard"
PROFILES = (ADMIN, STANDARD)

_SYSTEM = "005000000000000"
SYSTEM_USER_ID = RecordId(_SYSTEM + checksum(_SYSTEM))


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work in one org, or the system for a stated reason.

    An actor is made from a user who is active and not frozen at that moment, so a profile of
    Admin is all it takes to administer.
    """

    user_id: RecordId
    name: str
    org: str  # org key
    profile: str  # one of PROFILES
    language: str
    locale: str
    time_zone: str
    currency: str
    reason: str = ""  # why the system acts; empty for people

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
