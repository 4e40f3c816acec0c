"""Products and prices, then deals on their way through the stages, with lines and roles."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .customers import is_chinese
from .world import Row, World, words

# stage -> (share of the way, probability, forecast category)
OPEN_STAGES = (
    ("Prospecting", 0.10, 10, "Pipeline"),
    ("Qualification", 0.25, 10, "Pipeline"),
    ("Needs Analysis", 0.40, 20, "Pipeline"),
    ("Value Proposition", 0.52, 50, "Pipeline"),
    ("Id. Decision Makers", 0.62, 60, "Pipeline"),
    ("Perception Analysis", 0.72, 70, "Best Case"),
    ("Proposal/Price Quote", 0.88, 75, "Best Case"),
    ("Negotiation/Review", 1.00, 90, "Commit"),
)
CENT = Decimal("0.01")
_STANDARD, _ABROAD = "Pricebook2:1", "Pricebook2:2"


def make_products(world: World) -> None:
    """Products, the standard price book and one for sales abroad, six per cent dearer."""
    for number, (name, note) in enumerate(
        (("Standard", "Every product at its list price."), ("International", "For sales abroad."))
    ):
        values = {"Name": name, "Description": note, "IsActive": "true"}
        values["IsStandard"] = "" if number else "true"
        world.add("Pricebook2", values, owner="admin", created=world.day(-730))
    for product in words()["products"]:
        made = world.add(
            "Product2",
            {
                "Name": product["name"],
                "ProductCode": product["code"],
                "StockKeepingUnit": product["code"].replace("-", ""),
                "Family": product["family"],
                "QuantityUnitOfMeasure": product["unit"],
                "Description": product["description"],
                "IsActive": "true" if product["code"] != "NL-SP-ANT" else "",
            },
            owner="admin",
            created=world.day(-725),
        )
        for book, factor in ((_STANDARD, Decimal(1)), (_ABROAD, Decimal("1.06"))):
            _price(world, made, book, Decimal(product["price"]) * factor)


def _price(world: World, product: Row, book: str, price: Decimal) -> None:
    text = str(price.quantize(CENT, ROUND_HALF_UP))
    values = {"UnitPrice": text, "IsActive": "true"}
    refs = {"Pricebook2Id": book, "Product2Id": product.key}
    world.add("PricebookEntry", values, refs=refs, created=product.created.date())


def make_opportunities(world: World, count: int) -> None:
    """Deals of the last year and a half: won and lost ones in the past, open ones mostly ahead."""
    accounts = world.of("Account")
    customers = world.chance.choices(accounts, [_appeal(a) for a in accounts], k=count)
    for account in customers:
        row = _make_deal(world, account)
        _give_lines(world, row)
        _give_roles(world, row, account)
    _settle_types(world)


def _appeal(account: Row) -> float:
    return {"Hot": 3.0, "Warm": 2.0, "Cold": 0.7}.get(account.values.get("Rating", ""), 1.0)


def _make_deal(world: World, account: Row) -> Row:
    begun = world.workday(-540 * world.chance.random() ** 1.6 - 1)
    begun = max(begun, account.created.date())
    length = min(240.0, max(14.0, world.chance.lognormvariate(4.4, 0.5)))
    ends = begun + timedelta(days=round(length))
    chinese = is_chinese(account)
    values = {"Name": _deal_name(world, account, chinese)}
    if ends < world.today and world.maybe(0.06):
        ends = max(begun, world.day(-world.chance.randint(1, 25)))  # nobody moved the date on
        changed = world.day(-30 * world.chance.random())
        values |= _open(world.chance.uniform(0.4, 1.0))
    elif ends < world.today:
        changed = ends
        values |= _closed(world)
    else:
        share = (world.today - begun).days / length
        changed = world.day(-12 * world.chance.random())
        values |= _open(share + world.chance.uniform(-0.15, 0.15))
        values["NextStep"] = world.pick(words()["next_steps_zh" if chinese else "next_steps"])
    values |= {
        "CloseDate": ends.isoformat(),
        "LeadSource": world.pick(
            ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
        ),
    }
    abroad = account.owner.startswith("intl")
    director = {"west": "west", "east": "east"}.get(account.owner.rstrip("0123456789"), "intl")
    refs = {"AccountId": account.key, "Pricebook2Id": _ABROAD if abroad else _STANDARD}
    owner = director if world.maybe(0.06) else account.owner
    return world.add(
        "Opportunity", values, owner=owner, refs=refs, created=begun, changed=max(begun, changed)
    )


def _deal_name(world: World, account: Row, chinese: bool) -> str:
    pool = words()["deals_zh" if chinese else "deals"][account.values["Industry"]]
    return str(world.pick(pool)).format(n=world.chance.randint(2, 9))


def _closed(world: World) -> dict[str, str]:
    if world.maybe(0.56):
        stage = {"StageName": "Closed Won", "Probability": "100", "ForecastCategoryName": "Closed"}
    else:
        stage = {"StageName": "Closed Lost", "Probability": "0", "ForecastCategoryName": "Omitted"}
    return stage


def _open(share: float) -> dict[str, str]:
    stage, _upto, probability, category = next(
        (row for row in OPEN_STAGES if share <= row[1]), OPEN_STAGES[-1]
    )
    return {
        "StageName": stage,
        "Probability": str(probability),
        "ForecastCategoryName": category,
    }


def _give_lines(world: World, deal: Row) -> None:
    """Most deals have products; their sum is the amount. The rest have a rounded guess."""
    size = min(30.0, world.chance.lognormvariate(0.6, 0.8))
    if world.maybe(0.3) or deal.values["StageName"] in ("Prospecting", "Qualification"):
        guess = round(size * 14_000 / 500) * 500 + 500
        deal.values["Amount"] = f"{guess}.00"
        return
    book = deal.refs["Pricebook2Id"]
    entries = [e for e in world.of("PricebookEntry") if e.refs["Pricebook2Id"] == book]
    chosen = world.chance.sample(entries, world.chance.randint(1, 4))
    budget = size * 14_000 / len(chosen)
    lines = [_give_line(world, deal, entry, budget, i) for i, entry in enumerate(chosen)]
    total = sum((amount for _quantity, amount in lines), Decimal(0))
    deal.values["Amount"] = str(total.quantize(CENT, ROUND_HALF_UP))
    deal.values["TotalOpportunityQuantity"] = str(sum(quantity for quantity, _amount in lines))


def _give_line(
    world: World, deal: Row, entry: Row, budget: float, place: int
) -> tuple[int, Decimal]:
    """One product of the deal; (quantity, amount after discount)."""
    price = Decimal(entry.values["UnitPrice"])
    quantity = min(400, max(1, round(budget / float(price))))
    discount = world.weighted(((0, 7.0), (5, 2.0), (10, 1.5), (15, 0.5)))
    values = {
        "Quantity": str(quantity),
        "UnitPrice": str(price),
        "Discount": str(discount) if discount else "",
        "SortOrder": str(place + 1),
        "ServiceDate": deal.values["CloseDate"] if place == 0 else "",
    }
    refs = {
        "OpportunityId": deal.key,
        "PricebookEntryId": entry.key,
        "Product2Id": entry.refs["Product2Id"],
    }
    created = deal.created.date()
    world.add("OpportunityLineItem", values, refs=refs, created=created)
    return quantity, price * quantity * (100 - discount) / 100


def _give_roles(world: World, deal: Row, account: Row) -> None:
    """Up to three people of the account, the first of them primary."""
    people = world.contacts_at.get(account.key, [])
    wanted = world.weighted(((0, 1.0), (1, 4.0), (2, 3.0), (3, 1.5)))
    chosen = world.chance.sample(people, min(wanted, len(people)))
    for place, contact in enumerate(chosen):
        values = {"Role": world.pick(words()["roles"]), "IsPrimary": "" if place else "true"}
        refs = {"OpportunityId": deal.key, "ContactId": contact.key}
        world.add("OpportunityContactRole", values, refs=refs, created=deal.created.date())


def _settle_types(world: World) -> None:
    """An account that bought is a customer, and what it buys afterwards is no first deal."""
    won: dict[str, date] = {}
    for deal in sorted(world.of("Opportunity"), key=lambda d: d.values["CloseDate"]):
        account = deal.refs["AccountId"]
        first = won.get(account)
        known = first is not None and deal.created.date() > first
        deal.values["Type"] = "Existing Customer - Upgrade" if known else "New Customer"
        if deal.values["StageName"] == "Closed Won":
            won.setdefault(account, date.fromisoformat(deal.values["CloseDate"]))
    for account_row in world.of("Account"):
        account_row.values["Type"] = _type_of(world, account_row.key in won)


def _type_of(world: World, bought: bool) -> str:
    if bought:
        return world.weighted((("Customer - Direct", 5.0), ("Customer - Channel", 1.0)))
    return world.weighted(
        (
            ("Prospect", 12.0),
            ("Channel Partner / Reseller", 1.0),
            ("Installation Partner", 0.8),
            ("Technology Partner", 0.5),
            ("Competitor", 0.4),
            ("Other", 0.6),
        )
    )
