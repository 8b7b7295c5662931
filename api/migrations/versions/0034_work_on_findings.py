"""Work on findings: what they wait for, requests to end a charge, histories that are kept, a chain over staff's log."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KEPT = {
    "mismatch_event": "UPDATE OR DELETE OR TRUNCATE",
    "staff_action_seal": "UPDATE OR DELETE OR TRUNCATE",
    "staff_action": "TRUNCATE",
}
"""Tables whose rows stay as they were written; of the last one, changes of single rows are refused since 0013."""


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.add_column("mismatch", _text("waiting_for", nullable=True))
    op.create_index("ix_mismatch_waiting_for", "mismatch", ["waiting_for"])
    op.execute(
        "UPDATE mismatch m SET partner_id = c.partner_id FROM charging_session c"
        " WHERE c.id = m.charging_session_id AND m.partner_id IS NULL"
    )
    _settlement_request()
    op.create_table(
        "staff_action_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("staff_action_id", sa.Integer(), nullable=False),
        _text("sha256"),
        _moment("sealed_at"),
        sa.ForeignKeyConstraint(["staff_action_id"], ["staff_action.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("staff_action_id"),
    )
    for column in ("at", "by"):
        op.create_index(f"ix_staff_action_{column}", "staff_action", [column])
    for table, events in KEPT.items():
        op.execute(
            f"CREATE TRIGGER kept_whole BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION rows_are_kept()"
        )


def _settlement_request() -> None:
    op.create_table(
        "settlement_request",
        _text("id"),
        _text("charging_session_id"),
        _text("currency"),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("stake_minor", sa.BigInteger(), nullable=False),
        _text("reason"),
        _text("text"),
        _text("state"),
        _text("requested_by"),
        _moment("requested_at"),
        _moment("expires_at"),
        _text("decided_by", nullable=True),
        _moment("decided_at", nullable=True),
        sa.ForeignKeyConstraint(["charging_session_id"], ["charging_session.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("charging_session_id", "state"):
        op.create_index(f"ix_settlement_request_{column}", "settlement_request", [column])


def downgrade() -> None:
    """Take back."""
    for table in KEPT:
        op.execute(f"DROP TRIGGER kept_whole ON {table}")
    for column in ("at", "by"):
        op.drop_index(f"ix_staff_action_{column}", table_name="staff_action")
    op.drop_table("staff_action_seal")
    op.drop_table("settlement_request")
    op.drop_index("ix_mismatch_waiting_for", table_name="mismatch")
    op.drop_column("mismatch", "waiting_for")
