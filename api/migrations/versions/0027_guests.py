"""Guests who scan and pay: visits, the keys of displays, and what was tried too often.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "guest_visit",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), nullable=False, unique=True),
        sa.Column("connector_public_id", sa.String(), nullable=False),
        sa.Column("evse_key", sa.String(), nullable=False, index=True),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("quote_id", sa.String(), sa.ForeignKey("quote.id")),
        sa.Column("charging_session_id", sa.String(), sa.ForeignKey("charging_session.id"), index=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "guest_display",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("evse_key", sa.String(), nullable=False, unique=True),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "guest_try",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("guest_try_lately", "guest_try", ["kind", "subject", "at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("guest_try")
    op.drop_table("guest_display")
    op.drop_table("guest_visit")
