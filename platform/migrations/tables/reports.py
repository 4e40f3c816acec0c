"""What people keep of reports and dashboards: their own, the latest they opened, shares."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Json, Utc, Whole, Words
from .shapes import key, may, need, of_user, table

sys_report = table(
    "sys_report",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("key", Words()),  # "my-…"
    need("document", Json()),
    need("uids", Json()),  # {path: [uid of each field on it]}
    need("version", Whole()),  # of the metadata that its paths are written in
    need("modified_at", Utc()),
    may("deleted_at", Utc()),
)
sys_report_use = table(
    "sys_report_use",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("key", Words()),  # uid of a shared report, or the key of one's own
    need("at", Utc()),
)
sys_dashboard = table(
    "sys_dashboard",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("key", Words()),  # "my-…"
    need("document", Json()),
    need("uids", Json()),  # {name of a shared report on it: its uid}
    may("before", Json()),  # the document before it was last saved, for Undo
    need("modified_at", Utc()),
    may("deleted_at", Utc()),
)
sys_dashboard_use = table(
    "sys_dashboard_use",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("key", Words()),  # uid of a shared dashboard, or the key of one's own
    need("at", Utc()),
)
sys_folder_share = table(
    "sys_folder_share",
    key("folder_uid", Words()),
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    need("level", Words()),  # "View", "Edit", "Manage"
)
sys_subscription = table(
    "sys_subscription",  # a report or a dashboard that somebody gets by mail
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("kind", Words()),  # "Report", "Dashboard"
    key("key", Words()),  # uid of a shared one, or the key of one's own
    need("wish", Json()),  # when, what is attached, and the condition
    need("made_by", Words()),  # who asked for it: the reader, or who manages reports
    need("next_at", Utc()),
    may("last_at", Utc()),
    may("outcome", Words()),  # of the last time: "sent", "quiet", "lost"
    sa.Index("sys_subscription_next", "next_at"),
)
