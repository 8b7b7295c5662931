"""Passes on their way to drivers, who waits for a network, who issues badges; and what the driver read on the post.

Passes given before are taken over as they are, and become of one group with the tokens of their driver's charges.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TAKE_OVER = """
    INSERT INTO driver_pass (id, driver_id, token_uid, status, blocked_from, block_reason, wrong_codes, ordered_at,
        shipped_at, received_at, activated_at, blocked_at, updated_at)
    SELECT 'pas_' || md5(uid), driver_id, uid, CASE WHEN valid THEN 'active' ELSE 'blocked' END,
        CASE WHEN valid THEN NULL ELSE 'active' END, CASE WHEN valid THEN NULL ELSE 'by_staff' END, 0, last_updated,
        last_updated, last_updated, last_updated, CASE WHEN valid THEN NULL ELSE last_updated END, last_updated
    FROM driver_token WHERE type IN ('rfid', 'other')
"""
_GROUP = """
    UPDATE driver_token SET group_id = contract_id, last_updated = greatest(now(), last_updated + interval '1 second')
    WHERE type IN ('rfid', 'other') AND group_id IS NULL
"""
_READ_BACK = """
    UPDATE charging_session SET visual_id = place ->> 'visual_id', visual_id_source = 'typed'
    WHERE place ->> 'visual_id' IS NOT NULL
"""


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add the tables and columns, and take over what is there."""
    op.create_table(
        "driver_pass",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), nullable=False, index=True),
        sa.Column("token_uid", sa.String(), sa.ForeignKey("driver_token.uid"), unique=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("blocked_from", sa.String()),
        sa.Column("block_reason", sa.String()),
        sa.Column("code_hash", sa.String()),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        _moment("ordered_at", nullable=False),
        _moment("shipped_at"),
        _moment("received_at"),
        _moment("activated_at"),
        _moment("blocked_at"),
        _moment("expired_at"),
        _moment("valid_until"),
        _moment("updated_at", nullable=False),
    )
    op.create_index("ix_driver_pass_valid_until", "driver_pass", ["valid_until"])
    ordered = sa.text("status = 'ordered'")
    op.create_index("one_ordered_pass_per_driver", "driver_pass", ["driver_id"], unique=True, postgresql_where=ordered)
    op.create_table(
        "network_watch",
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), primary_key=True),
        sa.Column("country_code", sa.String(), primary_key=True),
        sa.Column("party_id", sa.String(), primary_key=True),
        _moment("created_at", nullable=False),
        _moment("told_at"),
    )
    op.create_table(
        "badge_issuer",
        sa.Column("country_code", sa.String(), primary_key=True),
        sa.Column("party_id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("website", sa.String()),
        _moment("updated_at", nullable=False),
    )
    charge = sa.ForeignKey("charging_session.id")
    op.add_column("pass_authorization", sa.Column("charging_session_id", sa.String(), charge, nullable=True))
    op.create_index("ix_pass_authorization_charging_session_id", "pass_authorization", ["charging_session_id"])
    op.add_column("charging_session", sa.Column("visual_id", sa.String()))
    op.add_column("charging_session", sa.Column("visual_id_source", sa.String()))
    op.execute(_TAKE_OVER)
    op.execute(_GROUP)
    op.execute(_READ_BACK)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("charging_session", "visual_id_source")
    op.drop_column("charging_session", "visual_id")
    op.drop_index("ix_pass_authorization_charging_session_id", table_name="pass_authorization")
    op.drop_column("pass_authorization", "charging_session_id")
    op.drop_table("badge_issuer")
    op.drop_table("network_watch")
    op.drop_table("driver_pass")
