"""Accounts and the people at them, in English and Chinese, spread over the sales regions."""

from __future__ import annotations

from typing import Any

from .world import Row, World, reps, words

_SITES = (("Headquarters", 3.0), ("", 6.0), ("Plant 2", 1.0), ("Distribution centre", 1.0))
_LEVELS = (40, 250, 1200, 6500)  # usual number of employees by size class 1–4


class Names:
    """Names of companies and people, none of them twice."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: set[str] = set()

    def company(self, language: str, industry: dict[str, Any], city: str) -> tuple[str, str]:
        """(name, its domain) of a company nobody else has."""
        pool, pick = words(), self._world.pick
        for _attempt in range(500):
            if language == "zh":
                stem = pick(pool["company_stems_zh"])
                line = pick(industry["zh"])
                name = f"{city}{stem['text']}{line}有限公司"
                taken = f"{stem['text']}{line}"
                domain = f"{stem['pinyin']} {industry['words'][0]}"
            else:
                stem, line = pick(pool["company_stems"]), pick(industry["words"])
                name = taken = domain = f"{stem} {line}"
            if taken not in self._taken:
                self._taken.add(taken)
                return name, domain.lower().replace(" ", "-") + ".example"
        raise RuntimeError("more companies than names")

    def person(self, language: str) -> tuple[str, str, str]:
        """(first name, last name, the local part of an address)."""
        pool, pick = words(), self._world.pick
        if language == "zh":
            last, first = pick(pool["surnames_zh"]), pick(pool["given_names_zh"])
            return first["text"], last["text"], f"{first['pinyin']}.{last['pinyin']}"
        first, last = pick(pool["first_names"]), pick(pool["last_names"])
        plain = f"{first}.{last}".lower().replace("ö", "o")
        return first, last, plain


def phone(world: World, place: dict[str, Any], mobile: bool = False) -> str:
    """A number that nobody has: of the ranges kept free for stories."""
    line = world.chance.randint(0, 99)
    if place["language"] == "zh":
        tail = world.chance.randint(0, 9999)
        return f"130 0000 {tail:04d}" if mobile else f"{place['area']}-5550 {tail:04d}"
    if place["area"].startswith("+"):
        return f"{place['area']} 5550 1{line:02d}{world.chance.randint(0, 9)}"
    return f"({place['area']}) 555-01{line:02d}"


def address(world: World, place: dict[str, Any], prefix: str) -> dict[str, str]:
    """The components of an address, by local name: "BillingCity" of the prefix "Billing"."""
    number = world.chance.randint(1, 400)
    street = (
        f"{world.pick(words()['streets_zh'])}{number}号"
        if place["language"] == "zh"
        else f"{number} {world.pick(words()['streets'])}"
    )
    return {
        f"{prefix}Street": street,
        f"{prefix}City": place["city"],
        f"{prefix}State": place["state"],
        f"{prefix}PostalCode": place["postal"].format(f"{world.chance.randint(0, 99):02d}"),
        f"{prefix}Country": place["country"],
    }


def pick_place(world: World) -> dict[str, Any]:
    region = world.weighted((("west", 0.33), ("east", 0.32), ("international", 0.35)))
    place: dict[str, Any] = world.pick([p for p in words()["places"] if p["region"] == region])
    return place


def pick_industry(world: World) -> dict[str, Any]:
    return world.weighted([(i, i["weight"]) for i in words()["industries"]])


def firm(world: World, industry: dict[str, Any], spread: float = 0.8) -> dict[str, str]:
    """Employees and revenue that go together."""
    staff = _LEVELS[industry["size"] - 1] * world.chance.lognormvariate(0, spread)
    employees = max(4, round(staff))
    revenue = employees * world.chance.uniform(90_000, 260_000)
    return {
        "NumberOfEmployees": str(employees),
        "AnnualRevenue": str(round(revenue / 10_000) * 10_000),
    }


def make_accounts(world: World, names: Names, count: int) -> None:
    """Accounts; about one in fifteen is part of an earlier one."""
    for number in range(count):
        industry, place = pick_industry(world), pick_place(world)
        name, domain = names.company(place["language"], industry, place["city"])
        owner = world.pick(reps(place["region"], place["language"]))
        row = world.add(
            "Account",
            {
                "Name": name,
                "AccountNumber": f"NL-{10000 + number}",
                "Industry": industry["name"],
                "Rating": world.weighted((("Hot", 2), ("Warm", 4), ("Cold", 3), ("", 2))),
                "Ownership": world.weighted((("Private", 6), ("Public", 2), ("Subsidiary", 1))),
                "AccountSource": world.pick(("Web", "Phone Inquiry", "Partner Referral", "Other")),
                "Site": world.weighted(_SITES),
                "YearStarted": str(world.chance.randint(1921, 2019)),
                "Phone": phone(world, place),
                "Website": f"https://www.{domain}",
                **firm(world, industry),
                **address(world, place, "Billing"),
            },
            owner=owner,
            created=world.workday(-720 * world.chance.random() ** 1.3 - 1),
        )
        if world.maybe(0.55):
            shipped = {n.replace("Billing", "Shipping"): v for n, v in row.values.items()}
            row.values |= {n: v for n, v in shipped.items() if n.startswith("Shipping")}
        _attach_to_parent(world, row, place["language"])


def _attach_to_parent(world: World, row: Row, language: str) -> None:
    earlier = [a for a in world.of("Account")[:-1] if a.owner == row.owner and not a.refs]
    if earlier and world.maybe(0.07):
        parent = world.pick(earlier)
        row.refs["ParentId"] = parent.key
        row.values["Ownership"] = "Subsidiary"


def is_chinese(row: Row) -> bool:
    """Whether the account (or lead) is spoken to in Chinese."""
    return row.values.get("BillingCountry", row.values.get("Country")) == "中国"


def place_of(row: Row) -> dict[str, Any]:
    city = row.values.get("BillingCity", row.values.get("City"))
    found: dict[str, Any] = next(p for p in words()["places"] if p["city"] == city)
    return found


def make_contacts(world: World, names: Names, count: int) -> None:
    """Everybody's account has one contact at least; large ones have more."""
    accounts = world.of("Account")
    homes = [*accounts, *world.chance.choices(accounts, k=max(0, count - len(accounts)))][:count]
    first_at: dict[str, str] = {}
    for account in sorted(homes, key=lambda a: a.key):
        contact = _make_contact(world, names, account, first_at.get(account.key, ""))
        first_at.setdefault(account.key, contact.key)


def _make_contact(world: World, names: Names, account: Row, boss: str) -> Row:
    chinese = is_chinese(account)
    place = place_of(account)
    first, last, local = names.person("zh" if chinese else "en")
    post = world.pick(words()["titles"])
    domain = account.values["Website"].removeprefix("https://www.")
    mailing = {
        "Mailing" + name.removeprefix("Billing"): text
        for name, text in account.values.items()
        if name.startswith("Billing")
    }
    return world.add(
        "Contact",
        {
            "FirstName": first,
            "LastName": last,
            "Salutation": "" if chinese else "Dr." if world.maybe(0.04) else "",
            "Title": post["zh" if chinese else "en"],
            "Department": post["department_zh" if chinese else "department"],
            "Email": f"{local}@{domain}" if world.maybe(0.94) else "",
            "Phone": phone(world, place),
            "MobilePhone": phone(world, place, mobile=True) if world.maybe(0.6) else "",
            "LeadSource": world.pick(("Web", "Phone Inquiry", "Partner Referral", "")),
            "HasOptedOutOfEmail": "true" if world.maybe(0.05) else "",
            **mailing,
        },
        owner=account.owner,
        refs={"AccountId": account.key, "ReportsToId": boss if world.maybe(0.5) else ""},
        created=min(
            world.today, account.created.date() + (world.today - account.created.date()) * 0.3
        ),
        changed=world.workday(-90 * world.chance.random()),
    )
