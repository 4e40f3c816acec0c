"""Campaigns, leads, and who was reached by which campaign."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .customers import Names, address, firm, phone, pick_industry, pick_place
from .world import Row, World, reps, words

_STATUS = (
    ("Open - Not Contacted", 3.2),
    ("Working - Contacted", 4.0),
    ("Closed - Not Converted", 1.8),
    ("Closed - Converted", 1.0),
)


def make_campaigns(world: World) -> None:
    """A dozen campaigns around today: done, running and planned."""
    for plan in words()["campaigns"]:
        start = world.day(plan["start"])
        end = start + timedelta(days=plan["days"])
        _make_campaign(world, plan, start, end)


def _make_campaign(world: World, plan: dict[str, Any], start: date, end: date) -> None:
    done, planned = end < world.today, start > world.today
    status = "Completed" if done else "Planned" if planned else "In Progress"
    budget = int(plan["budget"])
    spent = 0 if planned else round(budget * world.chance.uniform(0.6, 1.1) / 100) * 100
    world.add(
        "Campaign",
        {
            "Name": plan["name"],
            "Type": plan["type"],
            "Status": status,
            "IsActive": "" if done else "true",
            "StartDate": start.isoformat(),
            "EndDate": end.isoformat(),
            "BudgetedCost": str(budget),
            "ActualCost": str(spent) if spent else "",
            "ExpectedRevenue": str(budget * world.chance.randint(4, 12)),
            "ExpectedResponse": str(world.chance.randint(2, 25)),
            "NumberSent": str(world.chance.randint(4, 60) * 50),
        },
        owner="mkt1" if plan["language"] == "zh" else "mkt",
        created=min(start - timedelta(days=40), world.today),
    )


def make_leads(world: World, names: Names, count: int) -> None:
    """Leads of the last half year; new ones are not contacted yet, old ones are settled."""
    for _number in range(count):
        industry, place = pick_industry(world), pick_place(world)
        company, domain = names.company(place["language"], industry, place["city"])
        first, last, local = names.person(place["language"])
        age = max(0.0, 190 * world.chance.random() ** 1.5 - 1)
        post = world.pick(words()["titles"])
        status = "Open - Not Contacted" if age < 3 else world.weighted(_STATUS)
        row = world.add(
            "Lead",
            {
                "FirstName": first,
                "LastName": last,
                "Company": company,
                "Title": post["zh" if place["language"] == "zh" else "en"],
                "Status": status,
                "Rating": world.weighted((("Hot", 2), ("Warm", 4), ("Cold", 3), ("", 3))),
                "LeadSource": world.weighted(
                    (("Web", 5), ("Phone Inquiry", 2), ("Partner Referral", 2), ("Other", 1))
                ),
                "Industry": industry["name"],
                "Email": f"{local}@{domain}" if world.maybe(0.92) else "",
                "Phone": phone(world, place) if world.maybe(0.85) else "",
                "MobilePhone": phone(world, place, mobile=True) if world.maybe(0.4) else "",
                "Website": f"https://www.{domain}",
                **firm(world, industry),
                **address(world, place, ""),
            },
            owner=world.pick(reps(place["region"], place["language"])),
            created=world.day(-age),
            changed=world.day(-age * world.chance.random()),
        )
        if status == "Open - Not Contacted":
            row.values["IsUnreadByOwner"] = "true" if world.maybe(0.5) else ""


def make_members(world: World) -> None:
    """Leads and contacts reached by campaigns that have begun; deals that came of them."""
    begun = [c for c in world.of("Campaign") if c.values["Status"] != "Planned"]
    for campaign in begun:
        chinese = campaign.owner == "mkt1"
        for object_name, lookup in (("Lead", "LeadId"), ("Contact", "ContactId")):
            pool = [row for row in world.of(object_name) if _speaks(row, chinese)]
            wanted = min(len(pool), world.chance.randint(12, 30))
            for row in world.chance.sample(pool, wanted):
                _make_member(world, campaign, lookup, row)
    for deal in world.of("Opportunity"):
        if world.maybe(0.2):
            deal.refs["CampaignId"] = world.pick(begun).key


def _make_member(world: World, campaign: Row, lookup: str, row: Row) -> None:
    status = "Responded" if world.maybe(0.27) else "Sent"
    start = date.fromisoformat(campaign.values["StartDate"])
    world.add(
        "CampaignMember",
        {"Status": status},
        refs={"CampaignId": campaign.key, lookup: row.key},
        created=max(min(start, world.today), row.created.date()),
    )


def _speaks(row: Row, chinese: bool) -> bool:
    country = row.values.get("MailingCountry", row.values.get("Country"))
    return (country == "中国") == chinese
