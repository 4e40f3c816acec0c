"""The org itself, its people, and what each of them keeps."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Flag, Json, Utc, Whole, Words
from .shapes import UNREAD, key, may, need, number, of_user, table

sys_schema = table("sys_schema", key("version", Whole()), need("name", Words()), need("at", Utc()))
sys_setting = table("sys_setting", key("name", Words()), may("value", Json()))
sys_counter = table("sys_counter", key("name", Words()), need("value", Whole()))

sys_user = table(
    "sys_user",
    key("id", Words()),
    need("username", Words()),
    need("username_key", Words()),  # fold(username)
    need("email", Words()),
    need("email_key", Words()),
    may("first_name", Words()),
    need("last_name", Words()),
    need("name", Words()),
    need("name_key", Words()),
    may("alias", Words()),
    may("title", Words()),
    may("department", Words()),
    may("phone", Words()),
    may("mobile_phone", Words()),
    need("profile", Words()),
    may("role", Words()),
    need("is_active", Flag()),
    need("is_frozen", Flag()),
    need("language", Words()),
    need("locale", Words()),
    need("time_zone", Words()),
    may("currency", Words()),
    need("theme", Words()),
    need("density", Words()),
    may("manager_id", Words()),
    need("must_change_password", Flag()),
    need("created_at", Utc()),
    need("created_by", Words()),
    need("modified_at", Utc()),
    need("modified_by", Words()),
    need("version", Whole()),
    need("is_deleted", Flag()),  # always False: people are deactivated
    may("last_login_at", Utc()),
    sa.Index("sys_user_username", "username_key", unique=True),
    sa.Index("sys_user_email", "email_key"),
    sa.Index("sys_user_name", "name_key", "id"),
    sa.Index("sys_user_role", "role", "id"),
)
sys_group_member = table(
    "sys_group_member",  # users who are in a group or queue by themselves
    key("group_uid", Words()),
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    sa.Index("sys_group_member_user", "user_id", "group_uid"),
)
sys_permission_assignment = table(
    "sys_permission_assignment",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("component_uid", Words()),  # of a permission set, or of a group of them
    need("at", Utc()),
    need("by_id", Words()),
    sa.Index("sys_permission_assignment_component", "component_uid", "user_id"),
)
sys_credential = table(
    "sys_credential",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    need("password_hash", Words()),
    need("changed_at", Utc()),
)
sys_second_factor = table(
    "sys_second_factor",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    need("secret", Words()),  # sealed, Base32
    need("last_step", Whole()),  # of the last code that was taken
    need("recovery", Json()),  # SHA-256 of each recovery code that is left
    need("created_at", Utc()),
    may("confirmed_at", Utc()),  # none while no code of it was entered
)
sys_session = table(
    "sys_session",
    key("id", Words()),  # SHA-256 of the secret in the cookie, hexadecimal
    need("user_id", Words(), of_user()),
    need("created_at", Utc()),
    need("seen_at", Utc()),
    need("expires_at", Utc()),
    may("ended_at", Utc()),
    may("ended_by", Words()),  # "sign-out", "password change", "deactivation", …
    may("stepped_up_at", Utc()),  # when the password was last asked again
    may("ip", Words()),
    may("user_agent", Words()),
    may("value", Json()),  # {name: value} of the session
    sa.Index("sys_session_user", "user_id"),
    sa.Index("sys_session_expires", "expires_at"),
)
sys_signin = table(
    "sys_signin",
    number(),
    need("at", Utc()),
    need("username_key", Words()),
    may("user_id", Words()),
    may("ip", Words()),
    need("outcome", Words()),
    may("user_agent", Words()),
    sa.Index("sys_signin_username", "username_key", "at"),
    sa.Index("sys_signin_ip", "ip", "at"),
)
sys_token = table(
    "sys_token",
    key("id", Words()),  # SHA-256 of the secret in the link, hexadecimal
    need("kind", Words()),
    may("user_id", Words()),
    may("value", Json()),
    need("created_at", Utc()),
    need("expires_at", Utc()),
    may("used_at", Utc()),
    sa.Index("sys_token_user", "user_id", "kind"),
)
sys_api_token = table(
    "sys_api_token",
    key("id", Words()),  # SHA-256 of the token, hexadecimal
    need("user_id", Words(), of_user()),
    need("name", Words()),
    need("scope", Words()),
    need("hint", Words()),  # its last signs, by which its owner knows it
    need("created_at", Utc()),
    need("expires_at", Utc()),
    may("used_at", Utc()),
    may("used_ip", Words()),
    may("revoked_at", Utc()),
    may("revoked_by", Words()),  # "the user", "an administrator", "deactivation", …
    sa.Index("sys_api_token_user", "user_id", "created_at"),
)
sys_photo = table(
    "sys_photo",  # how people look
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    need("sha256", Words()),  # of the bytes among the files
    need("picture", Words()),  # its media type
    need("at", Utc()),
)
sys_preference = table(
    "sys_preference", key("user_id", Words()), key("name", Words()), may("value", Json())
)
sys_recent = table(
    "sys_recent",
    key("user_id", Words()),
    key("record_id", Words()),
    need("object_uid", Words()),
    need("at", Utc()),
    sa.Index("sys_recent_at", "user_id", "at"),
)

# what a person keeps of the lists of an object: views of their own, and their settings of others
sys_view = table(
    "sys_view",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("object_uid", Words()),
    key("key", Words()),  # "my-…" of a view of one's own, else the uid of the shared one
    may("document", Json()),  # of one's own: the document of a list view
    may("settings", Json()),  # {"columns": [path], "widths": {path: px}, "totals": {path: …}}
    need("uids", Json()),  # {path: [uid of each field on it]} of document and settings
    need("version", Whole()),  # of the metadata that its paths are written in
    need("is_pinned", Flag()),
    need("modified_at", Utc()),
    may("deleted_at", Utc()),
)
sys_favourite = table(
    "sys_favourite",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("target", Words()),  # id of a record, or the key of a list view
    need("object_uid", Words()),
    need("place", Whole()),
    need("created_at", Utc()),
)

sys_follow = table(
    "sys_follow",
    sa.Column("user_id", Words(), of_user(), primary_key=True, nullable=False),
    key("record_id", Words()),
    need("at", Utc()),
    sa.Index("sys_follow_record", "record_id"),
)
sys_notice = table(
    "sys_notice",  # what somebody shall hear of; see `runtime/notices`
    key("id", Words()),
    need("user_id", Words(), of_user()),
    need("kind", Words()),
    may("record_id", Words()),  # what it is about
    need("actor_id", Words()),  # whose deed it tells of
    need("args", Json()),  # what its kind tells more; never a text of a record
    need("at", Utc()),
    may("read_at", Utc()),
    sa.Index("sys_notice_user", "user_id", "at", "id"),
    sa.Index("sys_notice_unread", "user_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
    sa.Index("sys_notice_record", "record_id", "user_id"),
    sa.Index("sys_notice_at", "at"),
)
sys_comment = table(
    "sys_comment",  # what people say of a record; it lives and ends with it
    key("id", Words()),
    need("record_id", Words()),
    need("author_id", Words()),
    need("text", Words()),
    need("mentions", Json()),  # {name as it stands in the text: id of the user}
    need("at", Utc()),
    may("edited_at", Utc()),
    sa.Index("sys_comment_record", "record_id", "at", "id"),
)
sys_sent_form = table(
    "sys_sent_form",  # forms of the last day that made something
    key("id", Words()),  # who sent it, where to, and the key that it carried
    need("at", Utc()),
    may("made", Words()),  # the address of what it made; none while that is being made
    sa.Index("sys_sent_form_at", "at"),
)
sys_undo = table(
    "sys_undo",  # of each record its last save by a person, as long as it can be taken back
    key("record_id", Words()),
    need("actor_id", Words()),
    need("version", Whole()),  # of the record after that save
    need("at", Utc()),
    need("values", Json()),  # {local name: text of the value before, none for a blank}
    may("batch", Words()),  # what was saved together by one deed
    sa.Index("sys_undo_at", "at"),
    sa.Index("sys_undo_batch", "batch"),
)
