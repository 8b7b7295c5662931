"""Files and mails of cases, and when a case was changed last."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["support_case.id"])


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "support_attachment",
        *(_text(name) for name in ("id", "case_id", "name", "media_type", "sha256", "added_by")),
        _number("size"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _of_case(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "support_mail",
        *(_text(name) for name in ("id", "case_id", "to_address", "template", "language", "outcome")),
        _text("detail", nullable=True),
        _number("event_id", nullable=True),
        _number("attempts"),
        _json("facts"),
        _json("thread"),
        _moment("created_at"),
        _moment("next_attempt_at", nullable=True),
        _moment("finished_at", nullable=True),
        _of_case(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "template", "event_id", name="an_event_is_mailed_once"),
    )
    op.create_index("ix_support_mail_next_attempt_at", "support_mail", ["next_attempt_at"])
    op.create_table(
        "inbound_mail",
        *(_text(name) for name in ("id", "message_key", "outcome")),
        _text("case_id", nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("cut", sa.Boolean(), nullable=False),
        _number("tries"),
        _moment("received_at"),
        _moment("read_at", nullable=True),
        _of_case(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_key"),
    )
    op.create_index("unread_mail", "inbound_mail", ["received_at"], postgresql_where=sa.text("outcome = 'waiting'"))
    for table in ("support_attachment", "support_mail", "inbound_mail"):
        op.create_index(f"ix_{table}_case_id", table, ["case_id"])
    op.create_index("ix_support_case_updated_at", "support_case", ["updated_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_support_case_updated_at", "support_case")
    for table in ("inbound_mail", "support_mail", "support_attachment"):
        op.drop_table(table)
