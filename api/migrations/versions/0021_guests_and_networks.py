"""Guests beside accounts: an address is unique among accounts only. And networks, the parties as drivers know them.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("driver", sa.Column("kind", sa.String(), nullable=False, server_default="account"))
    op.add_column("driver", sa.Column("status", sa.String(), nullable=False, server_default="active"))
    op.alter_column("driver", "password_hash", nullable=True)
    op.drop_constraint("driver_email_key", "driver", type_="unique")
    op.create_index("ix_driver_email", "driver", ["email"])
    account = sa.text("kind = 'account'")
    op.create_index("one_account_per_email", "driver", ["email"], unique=True, postgresql_where=account)
    op.create_table(
        "network",
        sa.Column("country_code", sa.String(), primary_key=True),
        sa.Column("party_id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("website", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("app_charging", sa.Boolean(), nullable=False),
        sa.Column("pass_policy", sa.String(), nullable=False),
        sa.Column("start_sequence", sa.String(), nullable=False),
        sa.Column("visual_id_rules", JSONB(), nullable=False),
        sa.Column("visual_id_hints", JSONB(), nullable=False),
        sa.Column("visual_id_picture", sa.String()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them; guests, whom the older schema does not know, must be gone."""
    op.drop_table("network")
    op.drop_index("one_account_per_email", table_name="driver")
    op.drop_index("ix_driver_email", table_name="driver")
    op.create_unique_constraint("driver_email_key", "driver", ["email"])
    op.alter_column("driver", "password_hash", nullable=False)
    op.drop_column("driver", "status")
    op.drop_column("driver", "kind")
