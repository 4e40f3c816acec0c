"""What people at the company did and have to do: tasks, calls, meetings, cases and notes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .customers import is_chinese
from .world import Row, World, people, words

_KINDS = (("todos", 5.0), ("calls", 3.0), ("mails", 2.0))
_SUBTYPES = {"todos": "Task", "calls": "Call", "mails": "Email"}


def make_tasks(world: World, count: int) -> None:
    """Calls and mails are done; things to do lie on both sides of today, a few are late."""
    for _number in range(count):
        subject, refs, chinese = _about(world)
        kind = world.weighted(_KINDS)
        offset = (
            -70 * world.chance.random() if kind != "todos" else world.chance.triangular(-50, 25, 2)
        )
        due = world.workday(offset)
        done = kind != "todos" or (due < world.today and world.maybe(0.8))
        values = {
            "Subject": world.pick(words()[kind + ("_zh" if chinese else "")]),
            "ActivityDate": due.isoformat(),
            "TaskSubtype": _SUBTYPES[kind],
            "Status": "Completed" if done else _unfinished(world),
            "Priority": world.weighted((("Normal", 7), ("High", 2), ("Low", 1))),
        }
        if kind == "calls":
            values["CallType"] = world.weighted((("Outbound", 3), ("Inbound", 1)))
            values["CallDurationInSeconds"] = str(world.chance.randint(40, 2400))
        if done:
            values["CompletedDateTime"] = f"{due.isoformat()}T14:00:00Z"
        begun = min(due, world.today) - timedelta(days=world.chance.randint(0, 9))
        ended = due if done else None
        world.add("Task", values, owner=subject.owner, refs=refs, created=begun, changed=ended)
    _make_admin_tasks(world)


def _unfinished(world: World) -> str:
    return world.weighted(
        (("Not Started", 6), ("In Progress", 3), ("Waiting on someone else", 1), ("Deferred", 0.5))
    )


def _make_admin_tasks(world: World) -> None:
    """Whoever signs in as the administrator has something to do too."""
    for subject, offset in (
        ("Invite the new colleagues", 1),
        ("Agree on the fields of the quote", 3),
        ("Tidy up lead sources", 6),
        ("Show the sales team the new pages", 0),
    ):
        due = world.workday(offset).isoformat()
        values = {"Subject": subject, "ActivityDate": due, "Status": "Not Started"}
        values |= {"Priority": "Normal", "TaskSubtype": "Task"}
        world.add("Task", values, owner="admin", created=world.day(-4))


def _about(world: World) -> tuple[Row, dict[str, str], bool]:
    """(open deal, account or lead; the lookups to it; whether it is Chinese)."""
    kind = world.weighted((("Opportunity", 5.0), ("Account", 2.0), ("Lead", 2.0)))
    if kind == "Lead":
        lead = world.pick(world.of("Lead"))
        return lead, {"WhoId": lead.key}, is_chinese(lead)
    row = world.pick(_open_deals(world) if kind == "Opportunity" else world.of("Account"))
    account = world.by_key[row.refs["AccountId"]] if kind == "Opportunity" else row
    people_there = world.contacts_at.get(account.key, [])
    who = world.pick(people_there).key if people_there else ""
    return row, {"WhatId": row.key, "WhoId": who}, is_chinese(account)


def _open_deals(world: World) -> list[Row]:
    deals = world.of("Opportunity")
    return [d for d in deals if not d.values["StageName"].startswith("Closed")]


def make_events(world: World, count: int) -> None:
    """Meetings in working hours of whoever holds them."""
    zones = {p.key: ZoneInfo(p.time_zone) for p in people()}
    for _number in range(count):
        subject, refs, chinese = _about(world)
        day = world.workday(world.chance.uniform(-45, 30))
        clock = time(world.chance.randint(9, 16), world.pick((0, 30)))
        start = datetime.combine(day, clock, zones[subject.owner]).astimezone(UTC)
        end = start + timedelta(minutes=world.pick((30, 45, 60, 90)))
        account = world.by_key.get(refs.get("WhatId", ""))
        place = account.values.get("BillingCity", "") if account else ""
        event = world.add(
            "Event",
            {
                "Subject": world.pick(words()["meetings_zh" if chinese else "meetings"]),
                "StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "Location": place or world.pick(("Video call", "")),
                "ShowAs": "Busy",
            },
            owner=subject.owner,
            refs=refs,
            created=min(day, world.today) - timedelta(days=world.chance.randint(1, 14)),
        )
        _invite(world, event, start.date() < world.today)


def _invite(world: World, event: Row, is_over: bool) -> None:
    """The person the meeting is about, and often a colleague of its owner."""
    manager = next((p.manager for p in people() if p.key == event.owner), "")
    invited = [event.refs.get("WhoId", ""), manager if world.maybe(0.4) else ""]
    answers = (("Accepted", 6), ("New", 1 if is_over else 4), ("Maybe", 1), ("Declined", 1))
    for key in filter(None, invited):
        refs = {"EventId": event.key, "RelationId": key}
        values = {"Status": world.weighted(answers)}
        world.add("EventRelation", values, refs=refs, created=event.created.date())


def make_cases(world: World, count: int) -> None:
    """Cases of the last four months; most old ones are closed."""
    customers = [a for a in world.of("Account") if a.values["Type"].startswith("Customer")]
    for _number in range(count):
        account = world.pick(customers)
        contacts = world.contacts_at.get(account.key, [])
        text, age = world.pick(words()["cases"]), 120 * world.chance.random() ** 1.3
        chinese = is_chinese(account)
        closed = world.maybe(min(0.95, age / 25))
        status = "Closed" if closed else world.weighted((("New", 4), ("Working", 4)))
        if not closed and world.maybe(0.15):
            status = "Escalated"
        world.add(
            "Case",
            {
                "Subject": text["zh" if chinese else "en"],
                "Type": text["type"],
                "Reason": text["reason"],
                "Status": status,
                "IsEscalated": "true" if status == "Escalated" else "",
                "Priority": world.weighted((("Medium", 6), ("High", 2), ("Low", 2))),
                "Origin": world.pick(("Phone", "Email", "Web")),
            },
            owner="svc2" if chinese else world.weighted((("svc1", 4), ("svc", 1))),
            refs={
                "AccountId": account.key,
                "ContactId": world.pick(contacts).key if contacts else "",
            },
            created=world.day(-age),
            changed=world.day(-age * 0.7) if closed else None,
        )


def make_notes(world: World, count: int) -> None:
    """Notes on deals and accounts."""
    for _number in range(count):
        about = world.pick(world.of(world.pick(("Opportunity", "Account"))))
        account = world.by_key[about.refs["AccountId"]] if "AccountId" in about.refs else about
        text, chinese = world.pick(words()["notes"]), is_chinese(account)
        begun = about.created.date()
        world.add(
            "Note",
            {
                "Title": text["zh" if chinese else "en"],
                "Body": text["body_zh" if chinese else "body"],
            },
            owner=about.owner,
            refs={"ParentId": about.key},
            created=begun + (world.today - begun) * world.chance.random(),
        )
