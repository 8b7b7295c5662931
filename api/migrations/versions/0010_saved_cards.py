"""Saved cards and the operations that change them.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; cards saved before are read from the processor when their driver looks at them."""
    op.create_table(
        "saved_card",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), nullable=False),
        sa.Column("payment_method_id", sa.String(), nullable=False, unique=True),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=False),
        sa.Column("exp_year", sa.Integer(), nullable=False),
        sa.Column("wallet", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
    )
    op.create_index(op.f("ix_saved_card_driver_id"), "saved_card", ["driver_id"], unique=False)
    op.create_table(
        "card_operation",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), sa.ForeignKey("driver.id"), nullable=False),
        sa.Column("card_id", sa.String(), sa.ForeignKey("saved_card.id"), nullable=True),
        sa.Column("setup_intent_id", sa.String(), nullable=True, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index(op.f("ix_card_operation_driver_id"), "card_operation", ["driver_id"], unique=False)
    op.create_index(op.f("ix_card_operation_state"), "card_operation", ["state"], unique=False)


def downgrade() -> None:
    """Forget them; the processor keeps the cards."""
    op.drop_table("card_operation")
    op.drop_table("saved_card")
