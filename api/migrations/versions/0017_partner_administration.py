"""Rotation that can be taken up again, and what went to and fro with partners.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ADDED = ("pending_token_hash", "pending_seed", "token_reading", "hub_country_code", "hub_party_id")
MOMENTS = ("pending_since", "rotating_until")
TABLES = ("partner_exchange", "partner_tally", "partner_push", "partner_oddity")


def upgrade() -> None:
    """Add the columns and tables; nothing is known of what was before."""
    for name in ADDED:
        op.add_column("partner", sa.Column(name, sa.String(), nullable=True))
    for name in MOMENTS:
        op.add_column("partner", sa.Column(name, MOMENT, nullable=True))
    op.create_index(op.f("ix_partner_pending_token_hash"), "partner", ["pending_token_hash"])
    op.create_table(
        "partner_exchange",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("partner_id", sa.String(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("direction", "method", "path")),
        sa.Column("module", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("http_status", "ocpi_status")),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("request_id", "correlation_id")),
        sa.Column("failed", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("problem", "request", "response")),
    )
    op.create_index(op.f("ix_partner_exchange_partner_id"), "partner_exchange", ["partner_id"])
    op.create_table(
        "partner_tally",
        sa.Column("partner_id", sa.String(), primary_key=True),
        sa.Column("direction", sa.String(), primary_key=True),
        sa.Column("at", MOMENT, primary_key=True),
        sa.Column("exchanges", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
    )
    op.create_table(
        "partner_push",
        sa.Column("partner_id", sa.String(), primary_key=True),
        sa.Column("module", sa.String(), primary_key=True),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("pushes", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "partner_oddity",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("partner_id", "module", "code")),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("samples", JSONB(), nullable=False),
    )


def downgrade() -> None:
    """Forget them; a rotation that is not finished is lost."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_index(op.f("ix_partner_pending_token_hash"), table_name="partner")
    for name in (*ADDED, *MOMENTS):
        op.drop_column("partner", name)
