"""The system tables of an org, in their present shape; an org's own objects are not here.

Tables of sessions, credentials, tokens, jobs and mail are never known to any object, so no query of
a user can name them. On SQLite every table is STRICT.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..db.types import Flag, Json, Utc, Whole, Words

METADATA = sa.MetaData()
LIVE = sa.text("state = 'live'")


def _table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    numbered = any(isinstance(part, sa.Column) and part.identity is not None for part in parts)
    return sa.Table(name, METADATA, *parts, sqlite_strict=True, sqlite_autoincrement=numbered)


def _need(name: str, kind: Any, *rest: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, nullable=False, **options)


def _may(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def _number(name: str = "id") -> sa.Column[Any]:
    """A number that the database gives, rising and never used twice."""
    return sa.Column(name, Whole(), sa.Identity(), primary_key=True)


def _of_user() -> sa.ForeignKey:
    return sa.ForeignKey("sys_user.id", ondelete="CASCADE")


# -- the org itself ------------------------------------------------------------------------------

sys_schema = _table(
    "sys_schema", _key("version", Whole()), _need("name", Words()), _need("at", Utc())
)
sys_setting = _table("sys_setting", _key("name", Words()), _may("value", Json()))
sys_counter = _table("sys_counter", _key("name", Words()), _need("value", Whole()))

# -- people --------------------------------------------------------------------------------------

sys_user = _table(
    "sys_user",
    _key("id", Words()),
    _need("username", Words()),
    _need("username_key", Words()),  # fold(username)
    _need("email", Words()),
    _need("email_key", Words()),
    _may("first_name", Words()),
    _need("last_name", Words()),
    _need("name", Words()),
    _need("name_key", Words()),
    _may("alias", Words()),
    _may("title", Words()),
    _may("department", Words()),
    _may("phone", Words()),
    _may("mobile_phone", Words()),
    _need("profile", Words()),
    _may("role", Words()),
    _need("is_active", Flag()),
    _need("is_frozen", Flag()),
    _need("language", Words()),
    _need("locale", Words()),
    _need("time_zone", Words()),
    _may("currency", Words()),
    _need("theme", Words()),
    _need("density", Words()),
    _may("manager_id", Words()),
    _need("must_change_password", Flag()),
    _need("created_at", Utc()),
    _need("created_by", Words()),
    _need("modified_at", Utc()),
    _need("modified_by", Words()),
    _need("version", Whole()),
    _need("is_deleted", Flag()),  # always False: people are deactivated
    _may("last_login_at", Utc()),
    sa.Index("sys_user_username", "username_key", unique=True),
    sa.Index("sys_user_email", "email_key"),
    sa.Index("sys_user_name", "name_key", "id"),
)
sys_credential = _table(
    "sys_credential",
    sa.Column("user_id", Words(), _of_user(), primary_key=True, nullable=False),
    _need("password_hash", Words()),
    _need("changed_at", Utc()),
)
sys_session = _table(
    "sys_session",
    _key("id", Words()),  # SHA-256 of the secret in the cookie, hexadecimal
    _need("user_id", Words(), _of_user()),
    _need("created_at", Utc()),
    _need("seen_at", Utc()),
    _need("expires_at", Utc()),
    _may("ended_at", Utc()),
    _may("ended_by", Words()),  # "sign-out", "password change", "deactivation", …
    _may("stepped_up_at", Utc()),  # when the password was last asked again
    _may("ip", Words()),
    _may("user_agent", Words()),
    _may("value", Json()),  # {name: value} of the session
    sa.Index("sys_session_user", "user_id"),
    sa.Index("sys_session_expires", "expires_at"),
)
sys_signin = _table(
    "sys_signin",
    _number(),
    _need("at", Utc()),
    _need("username_key", Words()),
    _may("user_id", Words()),
    _may("ip", Words()),
    _need("outcome", Words()),
    _may("user_agent", Words()),
    sa.Index("sys_signin_username", "username_key", "at"),
    sa.Index("sys_signin_ip", "ip", "at"),
)
sys_token = _table(
    "sys_token",
    _key("id", Words()),  # SHA-256 of the secret in the link, hexadecimal
    _need("kind", Words()),
    _may("user_id", Words()),
    _may("value", Json()),
    _need("created_at", Utc()),
    _need("expires_at", Utc()),
    _may("used_at", Utc()),
    sa.Index("sys_token_user", "user_id", "kind"),
)
sys_preference = _table(
    "sys_preference", _key("user_id", Words()), _key("name", Words()), _may("value", Json())
)
sys_recent = _table(
    "sys_recent",
    _key("user_id", Words()),
    _key("record_id", Words()),
    _need("object_uid", Words()),
    _need("at", Utc()),
    sa.Index("sys_recent_at", "user_id", "at"),
)

# -- what happened, and what is still to happen --------------------------------------------------

sys_audit = _table(
    "sys_audit",
    _number(),
    _need("at", Utc()),
    _need("actor_id", Words()),
    _need("actor_name", Words()),
    _need("operation", Words()),
    _may("subject_kind", Words()),
    _may("subject_id", Words()),
    _may("subject_name", Words()),
    _may("before", Json()),
    _may("after", Json()),
    _may("reason", Words()),
    _may("ip", Words()),
    _need("previous_hash", Words()),
    _need("hash", Words()),
    sa.Index("sys_audit_subject", "subject_id"),
    sa.Index("sys_audit_at", "at"),
)
sys_job = _table(
    "sys_job",
    _number(),
    _need("kind", Words()),
    _may("key", Words()),  # two jobs of one kind and key are one
    _need("args", Json()),
    _need("state", Words()),  # queued | leased | done | failed
    _need("run_at", Utc()),
    _need("attempts", Whole()),
    _may("lease", Words()),  # secret of the worker that has it
    _may("leased_until", Utc()),
    _may("progress", Json()),
    _may("error", Words()),
    _need("actor_id", Words()),
    _need("created_at", Utc()),
    _may("finished_at", Utc()),
    sa.Index("sys_job_due", "state", "run_at", "id"),
    sa.Index("sys_job_key", "kind", "key", unique=True),
)
sys_mail = _table(
    "sys_mail",
    _key("id", Words()),  # the Message-ID, so a message that may have left is recognised
    _need("recipient", Words()),
    _need("subject", Words()),
    _need("text", Words()),
    _may("html", Words()),
    _may("headers", Json()),
    _need("state", Words()),  # queued | sent | failed
    _need("attempts", Whole()),
    _may("error", Words()),
    _need("created_at", Utc()),
    _need("created_by", Words()),
    _may("sent_at", Utc()),
    sa.Index("sys_mail_state", "state", "created_at"),
)
sys_file = _table(
    "sys_file",
    _key("id", Words()),
    _need("name", Words()),
    _need("media_type", Words()),
    _need("size", Whole()),
    _need("sha256", Words()),
    _may("record_id", Words()),  # what it is attached to
    _need("created_at", Utc()),
    _need("created_by", Words()),
    sa.Index("sys_file_record", "record_id"),
    sa.Index("sys_file_sha256", "sha256"),
)

# -- metadata ------------------------------------------------------------------------------------

sys_version = _table(
    "sys_version",
    _key("version", Whole()),
    _need("at", Utc()),
    _need("actor_id", Words()),
    _need("actor_name", Words()),
    _need("summary", Words()),
    _may("deployment_id", Words()),
)
sys_document = _table(
    "sys_document",
    _key("uid", Words()),
    _need("kind", Words()),
    _need("name", Words()),
    _need("origin", Words()),  # "org", or the package that shipped it
    _may("base", Json()),  # the shipped body
    _may("overlay", Json()),  # the org's own changes to it
    _need("body", Json()),  # what is in effect
    _need("revision", Whole()),  # the version that wrote it
    _need("state", Words()),  # live | binned
    _may("binned_at", Utc()),
    sa.Index(
        "sys_document_name", "kind", "name", unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    ),
)
sys_document_history = _table(
    "sys_document_history",
    _number(),
    _need("uid", Words()),
    _need("version", Whole()),
    _need("kind", Words()),
    _need("name", Words()),
    _need("origin", Words()),
    _may("before", Json()),
    _may("after", Json()),
    _may("overlay", Json()),
    sa.Index("sys_document_history_uid", "uid", "version"),
    sa.Index("sys_document_history_version", "version"),
)
sys_deployment = _table(
    "sys_deployment",
    _key("id", Words()),
    _need("version_before", Whole()),
    _need("version_after", Whole()),
    _need("at", Utc()),
    _need("actor_id", Words()),
    _need("actor_name", Words()),
    _need("summary", Words()),
    _need("change_set", Json()),
    _need("inverse", Json()),
    _need("plan", Json()),  # the steps in words
    _may("reverted_by", Words()),
    sa.Index("sys_deployment_version", "version_after", unique=True),
)
sys_storage_object = _table(
    "sys_storage_object",
    _key("uid", Words()),
    _need("table_name", Words()),
    _may("key_prefix", Words()),
    _need("state", Words()),  # live | binned
    _need("slices", Whole()),
    _need("next_column", Whole()),
    sa.Index("sys_storage_object_table", "table_name", unique=True),
    sa.Index("sys_storage_object_prefix", "key_prefix", unique=True),
)
sys_storage_column = _table(
    "sys_storage_column",
    _key("table_name", Words()),
    _key("column_name", Words()),
    _need("field_uid", Words()),
    _need("part", Words()),  # which of the field's columns
    _need("type", Words()),
    _need("state", Words()),  # live | binned | retired
    _may("binned_at", Utc()),
    _may("deployment_id", Words()),
    sa.Index("sys_storage_column_field", "field_uid", "part"),
)

# -- records -------------------------------------------------------------------------------------

sys_history = _table(
    "sys_history",
    _number(),
    _need("object_uid", Words()),
    _need("record_id", Words()),
    _need("field_uid", Words()),
    _may("old", Words()),
    _may("new", Words()),
    _need("at", Utc()),
    _need("actor_id", Words()),
    sa.Index("sys_history_record", "record_id", "id"),
)
sys_recycle = _table(
    "sys_recycle",
    _key("record_id", Words()),
    _need("object_uid", Words()),
    _may("name", Words()),
    _may("name_key", Words()),
    _need("batch", Words()),  # one deletion with all it took along
    _need("deleted_at", Utc()),
    _need("deleted_by", Words()),
    _may("cleared", Json()),  # [[field uid, record id]]: lookups that the deletion emptied
    sa.Index("sys_recycle_deleted", "deleted_at", "record_id"),
    sa.Index("sys_recycle_batch", "batch"),
)
