"""What happened, and what is still to happen: the audit log, jobs, mail, files."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Bytes, Json, Utc, Whole, Words
from .shapes import key, may, need, number, table

sys_audit = table(
    "sys_audit",
    number(),
    need("at", Utc()),
    need("actor_id", Words()),
    need("actor_name", Words()),
    need("operation", Words()),
    may("subject_kind", Words()),
    may("subject_id", Words()),
    may("subject_name", Words()),
    may("before", Json()),
    may("after", Json()),
    may("reason", Words()),
    may("ip", Words()),
    need("previous_hash", Words()),
    need("hash", Words()),
    sa.Index("sys_audit_subject", "subject_id"),
    sa.Index("sys_audit_at", "at"),
)
sys_job = table(
    "sys_job",
    number(),
    need("kind", Words()),
    may("key", Words()),  # two jobs of one kind and key are one
    need("args", Json()),
    need("state", Words()),  # queued | leased | done | failed
    need("run_at", Utc()),
    need("attempts", Whole()),
    may("lease", Words()),  # secret of the worker that has it
    may("leased_until", Utc()),
    may("progress", Json()),
    may("error", Words()),
    need("actor_id", Words()),
    need("created_at", Utc()),
    may("finished_at", Utc()),
    sa.Index("sys_job_due", "state", "run_at", "id"),
    sa.Index("sys_job_key", "kind", "key", unique=True),
)
sys_mail = table(
    "sys_mail",
    key("id", Words()),  # the Message-ID, so a message that may have left is recognised
    need("recipient", Words()),
    need("subject", Words()),
    need("text", Words()),
    may("html", Words()),
    may("headers", Json()),
    need("state", Words()),  # queued | sent | failed
    need("attempts", Whole()),
    may("error", Words()),
    need("created_at", Utc()),
    need("created_by", Words()),
    may("sent_at", Utc()),
    sa.Index("sys_mail_state", "state", "created_at"),
)
sys_mail_part = table(
    "sys_mail_part",  # a file that goes with a letter, until it is sent
    sa.Column(
        "mail_id", Words(), sa.ForeignKey("sys_mail.id", ondelete="CASCADE"), primary_key=True,
        nullable=False,
    ),
    key("name", Words()),
    need("media_type", Words()),
    need("content", Bytes()),
)  # fmt: skip
sys_file = table(
    "sys_file",  # what is attached; its bytes are those of the newest version
    key("id", Words()),
    need("name", Words()),
    may("record_id", Words()),  # what it is attached to
    need("version", Whole()),  # the number of the newest one
    may("deleted_at", Utc()),  # until it is put back, or goes for good
    may("deleted_by", Words()),
    sa.Index("sys_file_record", "record_id"),
    sa.Index("sys_file_deleted", "deleted_at"),
)
sys_file_version = table(
    "sys_file_version",
    sa.Column(
        "file_id",
        Words(),
        sa.ForeignKey("sys_file.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    key("number", Whole()),
    need("name", Words()),  # as it was sent
    need("media_type", Words()),  # by the ending of the name
    may("picture", Words()),  # the type of a picture by its bytes, of those that may be shown
    need("size", Whole()),
    need("sha256", Words()),
    may("note", Words()),
    need("at", Utc()),
    need("by_id", Words()),
    sa.Index("sys_file_version_sha256", "sha256"),
)
sys_api_use = table(
    "sys_api_use",  # what programs ask for, by the day
    key("day", Words()),  # as 2026-11-23, in UTC
    need("calls", Whole()),
)
