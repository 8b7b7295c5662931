"""Letters to partners, the address they go to, and what was found whenever the chain over staff's log was walked."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.add_column("partner", _text("contact_email", nullable=True))
    op.create_table(
        "partner_letter",
        *(_text(name) for name in ("id", "request_key", "mismatch_id", "partner_id", "to_address", "subject", "text")),
        *(_text(name) for name in ("written_by", "outcome")),
        _text("detail", nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("next_attempt_at", nullable=True),
        _moment("finished_at", nullable=True),
        sa.ForeignKeyConstraint(["mismatch_id"], ["mismatch.id"]),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_key"),
    )
    for column in ("mismatch_id", "partner_id", "next_attempt_at"):
        op.create_index(f"ix_partner_letter_{column}", "partner_letter", [column])
    op.create_table(
        "staff_log_check",
        sa.Column("id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.Column("sealed", sa.Integer(), nullable=False),
        _text("head"),
        sa.Column("broken", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cut_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "CREATE TRIGGER kept_whole BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_log_check"
        " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("staff_log_check")
    op.drop_table("partner_letter")
    op.drop_column("partner", "contact_email")
