"""The whole demo company from a seed number and a day; the same in, the same out."""

from __future__ import annotations

import random
from datetime import date

from .activities import make_cases, make_events, make_notes, make_tasks
from .customers import Names, make_accounts, make_contacts
from .marketing import make_campaigns, make_leads, make_members
from .sales import make_opportunities, make_products
from .world import World

SEED = 20

#: In this order every row finds the rows it points at already there.
ORDER = (
    "Campaign", "Account", "Contact", "Lead", "Pricebook2", "Product2", "PricebookEntry",
    "Opportunity", "OpportunityLineItem", "OpportunityContactRole", "CampaignMember", "Case",
    "Task", "Event", "EventRelation", "Note",
)  # fmt: skip


def make_world(today: date, seed: int = SEED) -> World:
    """All rows of the demo company as of `today`."""
    world = World(today, random.Random(seed))  # noqa: S311 - made-up data needs no secret chance
    names = Names(world)
    make_products(world)
    make_campaigns(world)
    make_accounts(world, names, 400)
    make_contacts(world, names, 900)
    make_leads(world, names, 500)
    make_opportunities(world, 700)
    make_members(world)
    make_tasks(world, 260)
    make_events(world, 140)
    make_cases(world, 150)
    make_notes(world, 120)
    return world
