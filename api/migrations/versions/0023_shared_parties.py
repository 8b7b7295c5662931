"""Whether staff let a partner be a party that another connected partner is too.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; partners that share a party already go on as they are until they are suspended."""
    shares = sa.Column("may_share_parties", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("partner", shares)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("partner", "may_share_parties")
