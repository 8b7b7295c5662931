"""The live charge at an EVSE by index: each status that frees an EVSE looks for one.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    live = sa.text("final_at IS NULL AND freed_at IS NULL")
    op.create_index("live_charge_at_evse", "charging_session", ["evse_key"], postgresql_where=live)


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("live_charge_at_evse", table_name="charging_session")
