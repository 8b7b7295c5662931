"""A count of webhooks that were refused, by reason: the only trace that they leave.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of counts."""
    op.create_table(
        "webhook_refusal",
        sa.Column("reason", sa.String(), primary_key=True, nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Forget the counts."""
    op.drop_table("webhook_refusal")
