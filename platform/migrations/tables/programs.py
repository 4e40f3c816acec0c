"""Programs: connected apps and what was granted to each, and the jobs that programs asked for."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Flag, Json, Utc, Whole, Words
from .shapes import key, may, need, of_user, table

sys_connected_app = table(
    "sys_connected_app",
    key("id", Words()),  # the client id: the org's key, a point, random signs
    need("name", Words()),
    need("redirect_uris", Json()),
    need("scope", Words()),  # the most that its tokens may do
    need("is_public", Flag()),  # has no secret: a program on people's machines
    need("stays", Flag()),  # gets refresh tokens
    need("rotates", Flag()),  # each refresh token is good once
    need("permitted", Json()),  # uids of profiles and permission sets; empty: everybody
    sa.Column("run_as", Words(), of_user()),  # who it is when nobody signs in
    may("secret", Words()),  # SHA-256 of it, hexadecimal
    need("is_active", Flag()),
    need("created_at", Utc()),
)
sys_app_grant = table(
    "sys_app_grant",  # codes and refresh tokens
    key("id", Words()),  # SHA-256 of it, hexadecimal
    need("kind", Words()),
    need("app_id", Words()),
    need("user_id", Words(), of_user()),
    need("family", Words()),  # all that came of one consent
    need("scope", Words()),
    need("stays", Flag()),
    need("redirect_uri", Words()),
    need("challenge", Words()),
    need("created_at", Utc()),
    need("expires_at", Utc()),
    may("ended_at", Utc()),  # spent or revoked
    sa.Index("sys_app_grant_family", "family"),
    sa.Index("sys_app_grant_user", "user_id"),
)
sys_app_token = table(
    "sys_app_token",  # which API tokens are those of an app
    key("id", Words()),  # that of the API token
    need("app_id", Words()),
    need("family", Words()),
    sa.Index("sys_app_token_family", "family"),
    sa.Index("sys_app_token_app", "app_id"),
)
sys_api_job = table(
    "sys_api_job",  # work on many records that a program asked for, in either direction
    key("id", Words()),
    need("user_id", Words()),
    need("kind", Words()),  # ingest | query
    need("operation", Words()),
    may("object", Words()),  # API name
    may("external_id", Words()),  # local name, of an upsert
    may("query", Words()),
    need("version", Words()),  # of the API, as it was asked for
    need("delimiter", Words()),  # the sign between columns
    need("line_ending", Words()),  # LF | CRLF
    need("state", Words()),  # as programs know it
    may("message", Words()),  # why it failed
    may("headings", Json()),  # of the rows that were sent; none before an upload
    may("total", Whole()),  # rows; none until all of them are here
    *(need(name, Whole()) for name in ("parts", "at", "processed", "failed", "millis")),
    may("job_id", Whole()),
    need("created_at", Utc()),
    need("changed_at", Utc()),
    sa.Index("sys_api_job_user", "user_id", "created_at"),
    sa.Index("sys_api_job_changed", "changed_at"),
)
sys_api_job_part = table(
    "sys_api_job_part",  # some of the rows that were sent, and what became of them
    sa.Column(
        "job_id",
        Words(),
        sa.ForeignKey("sys_api_job.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    key("number", Whole()),  # from 0 on
    need("rows", Json()),  # [[cell]]
    may("results", Json()),  # [[record id, whether it is new, error]]
)
