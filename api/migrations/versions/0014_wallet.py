"""Prepaid wallets, payments beside a hold, and who keeps the promise of a hold.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UNFINISHED = sa.text("state IN ('pending', 'sent', 'unknown')")


def _text(name: str, *more: object, nullable: bool = False, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.String(), *more, nullable=nullable, **options)  # type: ignore[arg-type]  # passed on


def _money(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Create the tables; every hold there is stands on a card."""
    op.add_column("hold", _text("psp", server_default="stripe"))
    op.add_column("hold", _text("payer_id", nullable=True))
    op.add_column("driver", _text("pay_with", server_default="card"))
    op.add_column("driver", _moment("later_charges_at", nullable=True))
    op.create_table(
        "wallet",
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("currency"),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        _money("low_notice_minor", nullable=True),
        _text("level"),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("driver_id", "currency"),
    )
    _payins()
    _refunds()


def _payins() -> None:
    op.create_table(
        "payin",
        *(_text(name) for name in ("id", "purpose", "method", "source")),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("charging_session_id", sa.ForeignKey("charging_session.id"), nullable=True),
        _text("currency"),
        _money("amount_minor"),
        _text("customer_id"),
        _text("payment_method_id", nullable=True),
        sa.Column("on_session", sa.Boolean(), nullable=False),
        *(_text(name, nullable=True) for name in ("payment_intent_id", "client_secret", "decline_code")),
        _text("status"),
        _money("received_minor"),
        _money("fee_minor", nullable=True),
        *(_moment(name) for name in ("created_at", "expires_at", "looked_at")),
        _moment("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payment_intent_id"),
    )
    _indexes("payin", "driver_id", "charging_session_id", "status", "created_at")
    op.create_index(
        "one_open_payment_per_charge",
        "payin",
        ["charging_session_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'receivable' AND status IN ('pending', 'action_required', 'processing')"),
    )
    op.create_table(
        "payin_operation",
        _text("id"),
        _text("payin_id", sa.ForeignKey("payin.id")),
        *(_text(name) for name in ("kind", "state")),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("replaces_id", nullable=True),
        sa.Column("outcome", JSONB(), nullable=True),
        _moment("created_at"),
        *(_moment(name, nullable=True) for name in ("sent_at", "finished_at")),
        sa.PrimaryKeyConstraint("id"),
    )
    _indexes("payin_operation", "payin_id", "state")
    op.create_index(
        "one_unfinished_call_per_payin", "payin_operation", ["payin_id", "kind"], unique=True,
        postgresql_where=UNFINISHED,
    )  # fmt: skip


def _refunds() -> None:
    op.create_table(
        "wallet_refund",
        _text("id"),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("currency"),
        *(_money(name) for name in ("amount_minor", "uncovered_minor")),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    _indexes("wallet_refund", "driver_id")
    op.create_table(
        "wallet_payout",
        _text("id"),
        _text("wallet_refund_id", sa.ForeignKey("wallet_refund.id")),
        _text("payin_id", sa.ForeignKey("payin.id")),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("currency"),
        _money("amount_minor"),
        *(_text(name) for name in ("state", "status")),
        *(_text(name, nullable=True) for name in ("processor_refund_id", "failure_reason")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempts", "generation")),
        *(_moment(name) for name in ("created_at", "looked_at")),
        *(_moment(name, nullable=True) for name in ("sent_at", "finished_at")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("processor_refund_id"),
    )
    _indexes("wallet_payout", "wallet_refund_id", "payin_id", "driver_id", "state")


def downgrade() -> None:
    """Drop them; the books keep what was booked."""
    for table in ("wallet_payout", "wallet_refund", "payin_operation", "payin", "wallet"):
        op.drop_table(table)
    op.drop_column("driver", "later_charges_at")
    op.drop_column("driver", "pay_with")
    op.drop_column("hold", "payer_id")
    op.drop_column("hold", "psp")
