"""Credits, refunds, write-offs, disputes with their evidence, and the log of what staff decided.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSERT_ONLY = ("dispute_event", "evidence_pack", "staff_action")
UNFINISHED = "state IN ('pending', 'sent', 'unknown')"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _minor(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, primary_key=True)


def _charge() -> sa.Column[str]:
    return sa.Column("charging_session_id", sa.String(), sa.ForeignKey("charging_session.id"), nullable=False)


def _request() -> tuple[sa.Column[object], ...]:
    """Return what a request that needs a second person has."""
    return (
        _text("state"),
        _text("requested_by"),
        _moment("requested_at"),
        _moment("expires_at"),
        _text("decided_by", nullable=True),
        _moment("decided_at", nullable=True),
    )  # type: ignore[return-value]  # columns of several types


def upgrade() -> None:
    """Create the tables; an operation may be about no hold, and an event about no intent."""
    _requests()
    _refunds()
    _disputes()
    op.create_table(
        "staff_action",
        sa.Column("id", sa.Integer(), primary_key=True),
        _moment("at"),
        _text("by"),
        _text("action"),
        _text("subject_id"),
        _text("charging_session_id", nullable=True),
        _text("reason"),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
    )
    for column in ("subject_id", "charging_session_id"):
        op.create_index(f"ix_staff_action_{column}", "staff_action", [column])
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )
    op.alter_column("payment_operation", "hold_id", nullable=True)
    op.add_column("payment_operation", _text("subject_id", nullable=True))
    op.create_index("ix_payment_operation_subject_id", "payment_operation", ["subject_id"])
    op.create_index(
        "one_unfinished_operation_per_subject",
        "payment_operation",
        ["subject_id", "kind"],
        unique=True,
        postgresql_where=sa.text(UNFINISHED),
    )
    op.add_column(
        "processor_event", sa.Column("object_kind", sa.String(), nullable=False, server_default="payment_intent")
    )
    op.add_column("processor_event", _text("object_id", nullable=True))


def _requests() -> None:
    for table, extra in (("credit", (_minor("vat_minor", nullable=True), _text("reason"))), ("write_off", ())):
        op.create_table(
            table,
            _id(),
            _charge(),
            _text("currency"),
            _minor("amount_minor"),
            *extra,
            _text("text"),
            *_request(),
        )
        for column in ("charging_session_id", "state"):
            op.create_index(f"ix_{table}_{column}", table, [column])


def _refunds() -> None:
    op.create_table(
        "refund",
        _id(),
        _charge(),
        _text("payment_intent_id", nullable=True),
        _text("currency"),
        _minor("amount_minor"),
        _text("origin"),
        _text("state"),
        _text("code", nullable=True),
        sa.Column("processor_refund_id", sa.String(), nullable=True, unique=True),
        _minor("returned_minor"),
        _minor("credited_minor"),
        _minor("repaid_minor"),
        _text("repaid_reference", nullable=True),
        _text("decided_by", nullable=True),
        _moment("created_at"),
        _moment("accepted_at", nullable=True),
        _moment("looked_at", nullable=True),
        _moment("finished_at", nullable=True),
    )
    for column in ("charging_session_id", "payment_intent_id", "state"):
        op.create_index(f"ix_refund_{column}", "refund", [column])


def _disputes() -> None:
    op.create_table(
        "dispute",
        _id(),
        sa.Column("processor_dispute_id", sa.String(), nullable=False, unique=True),
        _charge(),
        _text("payment_intent_id"),
        _text("currency"),
        _minor("amount_minor"),
        _minor("withdrawn_minor"),
        _minor("fee_minor"),
        _text("status"),
        _text("reason"),
        _moment("evidence_due_at", nullable=True),
        sa.Column("evidence_submitted", sa.Boolean(), nullable=False),
        _moment("opened_at"),
        _moment("looked_at"),
    )
    for column in ("charging_session_id", "payment_intent_id", "status"):
        op.create_index(f"ix_dispute_{column}", "dispute", [column])
    op.create_table(
        "dispute_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("dispute_id", sa.String(), sa.ForeignKey("dispute.id"), nullable=False),
        _moment("at"),
        _text("status"),
        _minor("withdrawn_minor"),
        _minor("fee_minor"),
        _text("source"),
        _text("psp_reference", nullable=True),
    )
    op.create_table(
        "evidence_pack",
        _id(),
        sa.Column("dispute_id", sa.String(), sa.ForeignKey("dispute.id"), nullable=False),
        _moment("assembled_at"),
        _text("assembled_by"),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("texts", JSONB(), nullable=False),
        _text("sha256"),
    )
    for table in ("dispute_event", "evidence_pack"):
        op.create_index(f"ix_{table}_dispute_id", table, ["dispute_id"])


def downgrade() -> None:
    """Drop it all again; operations that are about no hold go with it."""
    op.drop_column("processor_event", "object_id")
    op.drop_column("processor_event", "object_kind")
    op.execute("DELETE FROM payment_operation WHERE hold_id IS NULL")
    op.drop_index("one_unfinished_operation_per_subject", "payment_operation")
    op.drop_index("ix_payment_operation_subject_id", "payment_operation")
    op.drop_column("payment_operation", "subject_id")
    op.alter_column("payment_operation", "hold_id", nullable=False)
    for table in ("staff_action", "evidence_pack", "dispute_event", "dispute", "refund", "write_off", "credit"):
        op.drop_table(table)
