"""The company profile of an org: its name, and how people are spoken to unless they choose."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa
from babel.numbers import list_currencies

from .errors import Problem, require
from .i18n import LANGUAGES, LOCALES, Localization, _, time_zones
from .migrations.tables import sys_setting

PREFIX = "org."  # of the names in sys_setting


@dataclass(frozen=True, slots=True)
class Company:
    """The profile; each attribute is the row `org.<attribute>` of sys_setting."""

    name: str = ""
    language: str = "en"
    locale: str = "en_US"
    time_zone: str = "UTC"
    currency: str = "USD"
    fiscal_start: int = 1  # first month of the fiscal year

    @property
    def localization(self) -> Localization:
        return Localization(self.language, self.locale, self.time_zone, self.currency)


def read_company(conn: sa.Connection) -> Company:
    """The profile of the org, with the usual values for what was never set."""
    names = [PREFIX + field.name for field in fields(Company)]
    rows = conn.execute(sa.select(sys_setting).where(sys_setting.c.name.in_(names)))
    return Company(**{row.name.removeprefix(PREFIX): row.value for row in rows if row.value})


def save_company(conn: sa.Connection, company: Company) -> None:
    """Stores the profile; raises Rejected for what is unknown. The caller audits."""
    require(check_company(company))
    rows = [{"name": PREFIX + name, "value": value} for name, value in asdict(company).items()]
    conn.execute(sa.delete(sys_setting).where(sys_setting.c.name.in_([r["name"] for r in rows])))
    conn.execute(sa.insert(sys_setting), rows)


def check_company(company: Company) -> tuple[Problem, ...]:
    """Everything that is wrong with the profile."""
    return tuple(
        Problem(f"company.{field}", (field,), message)
        for field, is_right, message in (
            (
                "name",
                0 < len(company.name.strip()) <= 80,
                _("Enter a name of up to 80 characters."),
            ),
            ("language", company.language in LANGUAGES, _("Choose a language of the list.")),
            ("locale", company.locale in LOCALES, _("Choose a format of the list.")),
            ("time_zone", company.time_zone in time_zones(), _("Choose a time zone of the list.")),
            (
                "currency",
                company.currency in list_currencies(),
                _("Choose a currency of the list."),
            ),
            ("fiscal_start", company.fiscal_start in range(1, 13), _("Choose a month.")),
        )
        if not is_right
    )
