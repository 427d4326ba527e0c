"""All tables, for SQLite and PostgreSQL alike; migrations/ creates them."""

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; SQLite has no zones, so they are put back when reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse instants without a zone (see parent class)."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value and value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Put the zone back (see parent class)."""
        return value and (value if value.tzinfo else value.replace(tzinfo=timezone.utc))


# SQLite counts rows up only for INTEGER keys.
Key = BigInteger().with_variant(Integer(), "sqlite")

item = Table(
    "item",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("topic", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("body", Text, nullable=False),  # the YAML form, byte for byte what `troly faq export` writes
    Column("revision", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", String(80), nullable=False),
)

item_version = Table(
    "item_version",
    metadata,
    Column("item_id", String(80), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("body", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(80), nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("event_id", String(120), nullable=False),
    Column("sender", String(64), nullable=False),  # keyed hash, never a platform id
    Column("kind", String(20), nullable=False),
    Column("text", Text),  # masked; removed after the retention time
    Column("payload", JSON(none_as_null=True)),
    Column("received_at", Instant, nullable=False),
    Column("claimed_by", String(40)),
    Column("claimed_until", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("replied_at", Instant),
    Column("outcome", String(24)),
    Column("reason", String(40)),
    Column("entry", String(80)),
    Column("aspect", String(10)),
    Column("candidates", JSON(none_as_null=True)),
    Column("revision", Integer),
    Column("model", String(16)),
    Column("feedback", String(8)),
    Column("feedback_text", Text),
    UniqueConstraint("channel", "event_id", name="uq_message_event"),
    Index("ix_message_received", "received_at", "outcome"),
    Index("ix_message_sender", "sender", "id"),
    sqlite_autoincrement=True,  # an id is never used again: readers ask for what comes after one
)
# The queue: only open messages are in it, so it stays small and no plan walks the closed ones to find a few open.
_open = message.c.outcome.is_(None)
Index("ix_message_open", message.c.sender, message.c.id, postgresql_where=_open, sqlite_where=_open)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("message_id", Key, ForeignKey("message.id", ondelete="CASCADE"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("sender", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, sent, maybe_sent, dead
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("message_id", "part", name="uq_outbox_part"),
    Index("ix_outbox_waiting", "channel", "state", "id"),
    Index("ix_outbox_sender", "sender", "id"),
    sqlite_autoincrement=True,  # an id is never used again: readers ask for what comes after one
)

deletion = Table(
    "deletion",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("sender", String(64), nullable=False),
    Column("done_at", Instant, nullable=False),
    Column("messages", Integer, nullable=False),
    sqlite_autoincrement=True,  # an id is never used again: readers ask for what comes after one
)

event = Table(  # Rasa's tracker events (bot/tracker_store.py): a cache, not the record
    "event",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("sender", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_event_sender", "sender", "id"),
    sqlite_autoincrement=True,  # an id is never used again: readers ask for what comes after one
)
