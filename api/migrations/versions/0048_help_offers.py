"""Help that drivers pay for: offers, and the consent to them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "help_offer",
        *(_text(name) for name in ("id", "case_id", "driver_id", "what_for", "currency")),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_percent", sa.Numeric(), nullable=False),
        *(_text(name) for name in ("text_version", "state", "offered_by")),
        *(_moment(name) for name in ("offered_at", "expires_at")),
        *(_moment(name, nullable=True) for name in ("answered_at", "refunded_at")),
        sa.Column("consent", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        *(_text(name, nullable=True) for name in ("receipt_id", "refunded_by", "credit_note_id")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"]),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"]),
        sa.ForeignKeyConstraint(["credit_note_id"], ["receipt.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("case_id", "driver_id"):
        op.create_index(f"ix_help_offer_{column}", "help_offer", [column])
    op.create_index(
        "one_open_offer_per_case",
        "help_offer",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("help_offer")
