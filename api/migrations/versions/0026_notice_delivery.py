"""Notices leave the house: devices, preferences, deliveries; and webhooks to app back ends.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_NOW = sa.DateTime(timezone=True)
_WAITING = sa.text("outcome = 'waiting'")


def upgrade() -> None:
    """Add the tables."""
    op.add_column("notice", sa.Column("once", sa.String()))
    op.create_unique_constraint("notice_once_key", "notice", ["once"])
    op.create_table(
        "notice_preference",
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channels", JSONB(), nullable=False),
        sa.Column("quiet_from", sa.String()),
        sa.Column("quiet_until", sa.String()),
        sa.Column("walking_minutes", sa.Integer(), nullable=False),
        sa.Column("battery_percent", sa.Integer(), nullable=False),
        sa.Column("updated_at", _NOW, nullable=False),
    )
    op.create_table(
        "push_device",
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("family_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False, unique=True),
        sa.Column("keys", JSONB()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", _NOW, nullable=False),
        sa.Column("updated_at", _NOW, nullable=False),
    )
    op.create_index("ix_push_device_family_id", "push_device", ["family_id"])
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("notice_id", sa.String(), sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _NOW, nullable=False),
        sa.Column("expires_at", _NOW, nullable=False),
        sa.Column("next_attempt_at", _NOW),
        sa.Column("finished_at", _NOW),
        sa.UniqueConstraint("notice_id", "channel", "device_id", name="a_notice_goes_once_to_a_device"),
    )
    op.create_index("ix_notice_delivery_driver_id", "notice_delivery", ["driver_id"])
    op.create_index("ix_notice_delivery_next_attempt_at", "notice_delivery", ["next_attempt_at"])
    op.create_index("waiting_deliveries", "notice_delivery", ["driver_id", "channel"], postgresql_where=_WAITING)
    _add_webhooks()


def _add_webhooks() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("event_types", JSONB(), nullable=False),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("old_secret_sealed", sa.String()),
        sa.Column("old_secret_until", _NOW),
        sa.Column("failing_since", _NOW),
        sa.Column("disabled_at", _NOW),
        sa.Column("disabled_because", sa.String()),
        sa.Column("created_at", _NOW, nullable=False),
    )
    op.create_table(
        "webhook_event",
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("created_at", _NOW, nullable=False),
    )
    op.create_index("ix_webhook_event_created_at", "webhook_event", ["created_at"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("event_id", sa.String(), sa.ForeignKey("webhook_event.id"), nullable=False),
        sa.Column("endpoint_id", sa.String(), sa.ForeignKey("webhook_endpoint.id"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _NOW, nullable=False),
        sa.Column("next_attempt_at", _NOW),
        sa.Column("finished_at", _NOW),
        sa.UniqueConstraint("event_id", "endpoint_id", name="an_event_goes_once_to_an_endpoint"),
    )
    op.create_index("ix_webhook_delivery_endpoint_id", "webhook_delivery", ["endpoint_id"])
    op.create_index("ix_webhook_delivery_next_attempt_at", "webhook_delivery", ["next_attempt_at"])


def downgrade() -> None:
    """Drop them."""
    for table in (
        *("webhook_delivery", "webhook_event", "webhook_endpoint"),
        *("notice_delivery", "push_device", "notice_preference"),
    ):
        op.drop_table(table)
    op.drop_constraint("notice_once_key", "notice", type_="unique")
    op.drop_column("notice", "once")
