"""What the demo company is made of: rows with keys, chance from a seed number, pools of words.

A row's values are neutral texts, as a file would carry them; `refs` name other rows by key. Nothing
here knows a database, and the same seed and day always give the same rows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demo company; `region` is "" outside sales."""

    key: str
    first_name: str
    last_name: str
    username: str
    title: str
    department: str
    role: str
    manager: str  # key of another person, or ""
    region: str
    profile: str
    language: str
    locale: str
    time_zone: str
    alias: str

    @property
    def name(self) -> str:
        """As a reader of the person's language expects it."""
        if self.language == "zh_CN":
            return self.last_name + self.first_name
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class Row:
    """A record to be: its texts, the rows it points at, who made it and when."""

    key: str
    values: dict[str, str]
    refs: dict[str, str]  # {lookup: key of a row or person}
    owner: str  # key of a person; "" for details
    created: datetime
    changed: datetime


@dataclass(slots=True)
class World:
    """The rows so far, and the chance they are made with."""

    today: date
    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=dict)  # {object: rows in order}
    by_key: dict[str, Row] = field(default_factory=dict)
    contacts_at: dict[str, list[Row]] = field(default_factory=dict)  # {key of account: people}

    def add(
        self,
        object_name: str,
        values: dict[str, str],
        *,
        owner: str = "",
        refs: dict[str, str] | None = None,
        created: date | None = None,
        changed: date | None = None,
    ) -> Row:
        """A new row of the object; blanks are left out."""
        home = self.rows.setdefault(object_name, [])
        begun = self.moment(created or self.today)
        row = Row(
            f"{object_name}:{len(home) + 1}",
            {name: text for name, text in values.items() if text},
            {name: key for name, key in (refs or {}).items() if key},
            owner,
            begun,
            max(begun, self.moment(changed)) if changed else begun,
        )
        home.append(row)
        self.by_key[row.key] = row
        if object_name == "Contact":
            self.contacts_at.setdefault(row.refs["AccountId"], []).append(row)
        return row

    def of(self, object_name: str) -> list[Row]:
        return self.rows.get(object_name, [])

    def day(self, offset: float) -> date:
        """The day so many days from today; negative is past."""
        return self.today + timedelta(days=round(offset))

    def workday(self, offset: float) -> date:
        """As `day`, moved off the weekend."""
        day = self.day(offset)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def moment(self, day: date) -> datetime:
        """Some moment of a past working day, never later than the first one of today."""
        zone = ZoneInfo(company()["time_zone"])
        clock = time(self.chance.randint(8, 17), self.chance.randint(0, 59))
        latest = datetime.combine(self.today, time(), zone)
        return min(datetime.combine(day, clock, zone), latest).astimezone(UTC)

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, pool: Sequence[T]) -> T:
        return self.chance.choice(pool)

    def weighted(self, pool: Sequence[tuple[T, float]]) -> T:
        return self.chance.choices([p[0] for p in pool], [p[1] for p in pool])[0]


@cache
def words() -> dict[str, Any]:
    """The pools of names and phrases."""
    loaded: dict[str, Any] = json.loads((HERE / "words.json").read_text("utf-8"))
    return loaded


@cache
def _people_file() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / "people.json").read_text("utf-8"))
    return loaded


@cache
def people() -> tuple[Person, ...]:
    """Everybody at the demo company, managers before their people."""
    drawn = {row["key"]: Person(**row) for row in _people_file()["users"]}
    ordered: dict[str, Person] = {}
    while len(ordered) < len(drawn):
        ready = (p for p in drawn.values() if not p.manager or p.manager in ordered)
        ordered |= {p.key: p for p in ready}
    return tuple(ordered.values())


def company() -> dict[str, Any]:
    """The company profile: name, language, locale, time zone and currency."""
    profile: dict[str, Any] = _people_file()["company"]
    return profile


def reps(region: str, language: str = "") -> tuple[str, ...]:
    """Keys of those who sell in a region, of one language if there are any."""
    sellers = [p for p in people() if p.region == region and p.role.startswith("Rep")]
    speakers = [p for p in sellers if p.language.startswith(language)] if language else sellers
    return tuple(p.key for p in speakers or sellers)
