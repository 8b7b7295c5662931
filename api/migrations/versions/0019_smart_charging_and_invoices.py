"""Drivers' charging preferences, charging profiles, and what partners say that they invoiced.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _exact(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(), nullable=True)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, JSONB(), nullable=nullable)


def _of(name: str, target: str, *, primary_key: bool = False, ondelete: str | None = None) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete=ondelete)
    return sa.Column(name, sa.String(), key, nullable=False, primary_key=primary_key)


def upgrade() -> None:
    """Create the tables of smart charging and of partners' invoices."""
    _smart()
    _invoices()
    op.add_column("partner", _moment("invoices_pulled_at", nullable=True))
    op.create_index("ix_cdr_credit_reference_id", "cdr", ["credit_reference_id"])


def _smart() -> None:
    op.create_table(
        "charging_preferences",
        sa.Column("id", sa.String(), primary_key=True, nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        _of("charging_session_id", "charging_session.id"),
        _text("profile_type"),
        _moment("departure_at", nullable=True),
        _exact("energy_need_kwh"),
        sa.Column("discharge_allowed", sa.Boolean(), nullable=False),
        _moment("created_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("sent_at", nullable=True),
        _text("outcome", nullable=True),
        _moment("outcome_at", nullable=True),
        _text("trouble", nullable=True),
    )
    op.create_index("ix_charging_preferences_charging_session_id", "charging_preferences", ["charging_session_id"])
    op.create_table(
        "charging_profile_request",
        sa.Column("id", sa.String(), primary_key=True, nullable=False),
        _text("kind"),
        _of("charging_session_id", "charging_session.id"),
        _of("partner_id", "partner.id"),
        _text("session_id"),
        _json("profile", nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("response_secret_hash", sa.String(), nullable=False, unique=True),
        _text("requested_by"),
        _moment("created_at"),
        _text("answer", nullable=True),
        sa.Column("timeout_seconds", sa.Integer(), nullable=True),
        _moment("answered_at", nullable=True),
        _text("result", nullable=True),
        _moment("result_at", nullable=True),
    )
    op.create_index(
        "ix_charging_profile_request_charging_session_id", "charging_profile_request", ["charging_session_id"]
    )
    op.create_table(
        "active_charging_profile",
        _of("charging_session_id", "charging_session.id", primary_key=True),
        _moment("calculated_at"),
        _json("profile"),
        _text("raw"),
        _moment("received_at"),
    )


def _invoices() -> None:
    op.create_table(
        "invoice_report",
        sa.Column("key", sa.String(), primary_key=True, nullable=False),
        _of("partner_id", "partner.id"),
        _text("country_code"),
        _text("party_id"),
        _text("id"),
        _text("invoice_id"),
        _moment("last_updated"),
        _text("raw"),
        _text("raw_hash"),
        _json("earlier"),
        _text("conflicting_raw", nullable=True),
        _moment("received_at"),
        _moment("updated_at"),
        _moment("deleted_at", nullable=True),
        _exact("stated_amount"),
        _text("stated_currency", nullable=True),
        _text("stated_by", nullable=True),
        _moment("stated_at", nullable=True),
        _json("sums"),
        _json("differences"),
        _moment("checked_at", nullable=True),
    )
    for column in ("partner_id", "invoice_id"):
        op.create_index(f"ix_invoice_report_{column}", "invoice_report", [column])
    op.create_table(
        "invoiced_cdr",
        _of("report_key", "invoice_report.key", primary_key=True, ondelete="CASCADE"),
        sa.Column("place", sa.Integer(), primary_key=True, nullable=False),
        _of("partner_id", "partner.id"),
        _text("cdr_id"),
        _text("spelled"),
    )
    op.create_index("ix_invoiced_cdr_cdr_id", "invoiced_cdr", ["cdr_id"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_cdr_credit_reference_id", "cdr")
    op.drop_column("partner", "invoices_pulled_at")
    for table in (
        "invoiced_cdr",
        "invoice_report",
        "active_charging_profile",
        "charging_profile_request",
        "charging_preferences",
    ):
        op.drop_table(table)
