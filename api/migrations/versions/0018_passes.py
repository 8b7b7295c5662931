"""Passes told to partners, reservations, commands without a charge, and the parties behind hubs.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(name: str, *more: object, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), *more, nullable=nullable)  # type: ignore[arg-type]  # passed on


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Create the tables; a command may be for a reservation instead of a charge."""
    _passes()
    _reservations()
    op.create_table(
        "client_info",
        _text("partner_id", sa.ForeignKey("partner.id")),
        *(_text(name) for name in ("country_code", "party_id", "role", "status")),
        _moment("last_updated"),
        sa.PrimaryKeyConstraint("partner_id", "country_code", "party_id", "role"),
    )


def _passes() -> None:
    op.create_table(
        "pass_sync",
        _text("partner_id", sa.ForeignKey("partner.id")),
        _text("token_uid", sa.ForeignKey("driver_token.uid")),
        _moment("told"),
        sa.Column("has_it", sa.Boolean(), nullable=False),
        _text("refusal", nullable=True),
        _moment("at"),
        sa.PrimaryKeyConstraint("partner_id", "token_uid"),
    )
    op.create_table(
        "pass_push_state",
        _text("partner_id", sa.ForeignKey("partner.id")),
        sa.Column("failures", sa.Integer(), nullable=False),
        _text("problem", nullable=True),
        _moment("next_at", nullable=True),
        sa.PrimaryKeyConstraint("partner_id"),
    )
    op.create_table(
        "pass_authorization",
        _text("id"),
        _text("partner_id", sa.ForeignKey("partner.id")),
        _text("token_uid", sa.ForeignKey("driver_token.uid")),
        _text("allowed"),
        *(_text(name, nullable=True) for name in ("reason", "location_id")),
        _moment("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    _indexes("pass_authorization", "token_uid", "at")
    op.create_table(
        "token_probe",
        _text("partner_id", sa.ForeignKey("partner.id")),
        _moment("since"),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id"),
    )


def _reservations() -> None:
    op.create_table(
        "reservation",
        _text("id"),
        _text("partner_id", sa.ForeignKey("partner.id")),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("token_uid", sa.ForeignKey("driver_token.uid")),
        *(_text(name) for name in ("connector_key", "evse_key", "location_id", "evse_uid", "country_code", "party_id")),
        _moment("expires_at"),
        _text("status"),
        _text("reason", nullable=True),
        _text("by"),
        *(_moment(name) for name in ("created_at", "updated_at")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_uid"),
    )
    _indexes("reservation", "partner_id", "driver_id", "evse_key", "status")
    op.alter_column("command", "charging_session_id", existing_type=sa.String(), nullable=True)
    op.add_column("command", _text("reservation_id", sa.ForeignKey("reservation.id"), nullable=True))
    _indexes("command", "reservation_id")


def downgrade() -> None:
    """Drop them, and the commands that no charge was behind."""
    op.execute("DELETE FROM command WHERE charging_session_id IS NULL")
    op.drop_index(op.f("ix_command_reservation_id"), "command")
    op.drop_column("command", "reservation_id")
    op.alter_column("command", "charging_session_id", existing_type=sa.String(), nullable=False)
    for table in (
        "reservation", "client_info", "token_probe", "pass_authorization", "pass_push_state", "pass_sync",
    ):  # fmt: skip
        op.drop_table(table)
