"""Holds that are passed on to the driver's next try, and what the processor says can be done with a hold.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of holds that stand already nothing is known, so nothing is offered."""
    op.add_column("charging_session", sa.Column("hold_passed_to", sa.String(), nullable=True))
    op.add_column("hold", sa.Column("extended_authorization", sa.String(), nullable=True))
    op.add_column("hold", sa.Column("incremental_authorization", sa.String(), nullable=True))
    op.add_column("hold", sa.Column("capturable_at_most_minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget them; a hold that was passed on stays with the charge that it secures."""
    op.drop_column("hold", "capturable_at_most_minor")
    op.drop_column("hold", "incremental_authorization")
    op.drop_column("hold", "extended_authorization")
    op.drop_column("charging_session", "hold_passed_to")
