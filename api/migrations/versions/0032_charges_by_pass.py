"""Charges that a pass began: several may run at once, their token is the pass, and their hold is placed off session.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

LIVE = "final_at IS NULL AND freed_at IS NULL"
ORDERED = "auth_channel <> 'badge'"
_ONE_LIVE = {"one_live_charge_per_connector": "connector_key", "one_live_charge_per_driver": "driver_id"}


def upgrade() -> None:
    """Let what we did not order be as it is; what we order is still one a connector and one a driver."""
    on_session = sa.Column("on_session", sa.Boolean(), nullable=False, server_default=sa.text("true"))
    op.add_column("hold", on_session)
    op.drop_constraint("charging_session_token_uid_key", "charging_session", type_="unique")
    ordered = sa.text(ORDERED)
    op.create_index("one_charge_per_start", "charging_session", ["token_uid"], unique=True, postgresql_where=ordered)
    op.create_index("ix_charging_session_token_uid", "charging_session", ["token_uid"])
    for name, column in _ONE_LIVE.items():
        op.drop_index(name, table_name="charging_session")
        live = sa.text(f"{LIVE} AND {ORDERED}")
        op.create_index(name, "charging_session", [column], unique=True, postgresql_where=live)


def downgrade() -> None:
    """Forbid it again; refused by the database while such charges are there."""
    for name, column in _ONE_LIVE.items():
        op.drop_index(name, table_name="charging_session")
        op.create_index(name, "charging_session", [column], unique=True, postgresql_where=sa.text(LIVE))
    op.drop_index("ix_charging_session_token_uid", table_name="charging_session")
    op.drop_index("one_charge_per_start", table_name="charging_session")
    op.create_unique_constraint("charging_session_token_uid_key", "charging_session", ["token_uid"])
    op.drop_column("hold", "on_session")
