"""People who work here, the copy of the processor's objects, findings that people work on."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mirror_progress",
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("complete_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "processor_entry",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reporting_category", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("payment_intent_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_processor_entry_created_at"), "processor_entry", ["created_at"], unique=False)
    op.create_index(op.f("ix_processor_entry_kind"), "processor_entry", ["kind"], unique=False)
    op.create_index(
        op.f("ix_processor_entry_payment_intent_id"), "processor_entry", ["payment_intent_id"], unique=False
    )
    op.create_index(op.f("ix_processor_entry_source_id"), "processor_entry", ["source_id"], unique=False)
    op.create_table(
        "processor_payment",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("capturable_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("cancellation_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("charge_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("hold_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("charging_session_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("environment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_processor_payment_charge_id"), "processor_payment", ["charge_id"], unique=False)
    op.create_index(
        op.f("ix_processor_payment_charging_session_id"), "processor_payment", ["charging_session_id"], unique=False
    )
    op.create_index(op.f("ix_processor_payment_created_at"), "processor_payment", ["created_at"], unique=False)
    op.create_index(op.f("ix_processor_payment_hold_id"), "processor_payment", ["hold_id"], unique=False)
    op.create_index(op.f("ix_processor_payment_seen_at"), "processor_payment", ["seen_at"], unique=False)
    op.create_index(op.f("ix_processor_payment_status"), "processor_payment", ["status"], unique=False)
    op.create_index(op.f("ix_processor_payment_subject_id"), "processor_payment", ["subject_id"], unique=False)
    op.create_table(
        "processor_refund",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payment_intent_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("failure_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("refund_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("environment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_processor_refund_created_at"), "processor_refund", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_processor_refund_payment_intent_id"), "processor_refund", ["payment_intent_id"], unique=False
    )
    op.create_index(op.f("ix_processor_refund_refund_id"), "processor_refund", ["refund_id"], unique=False)
    op.create_table(
        "mismatch_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mismatch_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["mismatch_id"],
            ["mismatch.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mismatch_event_mismatch_id"), "mismatch_event", ["mismatch_id"], unique=False)
    op.create_table(
        "staff_member",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("totp_secret", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invitation_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("invited_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partner.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("invitation_hash"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_index(op.f("ix_staff_member_partner_id"), "staff_member", ["partner_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("staff_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("new_totp_secret", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_staff_session_expires_at"), "staff_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.add_column("mismatch", sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column(
        "mismatch", sa.Column("severity", sqlmodel.sql.sqltypes.AutoString(), server_default="breach", nullable=False)
    )
    op.add_column(
        "mismatch", sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), server_default="open", nullable=False)
    )
    op.add_column("mismatch", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mismatch", sa.Column("assignee", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("mismatch", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mismatch", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mismatch", sa.Column("resolution", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("mismatch", sa.Column("resolved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.execute("UPDATE mismatch SET state = 'resolved', resolution = 'auto' WHERE resolved_at IS NOT NULL")
    op.create_index(op.f("ix_mismatch_assignee"), "mismatch", ["assignee"], unique=False)
    op.create_index(op.f("ix_mismatch_due_at"), "mismatch", ["due_at"], unique=False)
    op.create_index(op.f("ix_mismatch_partner_id"), "mismatch", ["partner_id"], unique=False)
    op.create_index(op.f("ix_mismatch_state"), "mismatch", ["state"], unique=False)
    op.add_column("staff_action", sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("staff_action", "request_id")
    op.drop_index(op.f("ix_mismatch_state"), table_name="mismatch")
    op.drop_index(op.f("ix_mismatch_partner_id"), table_name="mismatch")
    op.drop_index(op.f("ix_mismatch_due_at"), table_name="mismatch")
    op.drop_index(op.f("ix_mismatch_assignee"), table_name="mismatch")
    op.drop_column("mismatch", "resolved_by")
    op.drop_column("mismatch", "resolution")
    op.drop_column("mismatch", "seen_at")
    op.drop_column("mismatch", "snoozed_until")
    op.drop_column("mismatch", "assignee")
    op.drop_column("mismatch", "due_at")
    op.drop_column("mismatch", "state")
    op.drop_column("mismatch", "severity")
    op.drop_column("mismatch", "partner_id")
    op.drop_index(op.f("ix_staff_session_staff_id"), table_name="staff_session")
    op.drop_index(op.f("ix_staff_session_expires_at"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index(op.f("ix_staff_member_partner_id"), table_name="staff_member")
    op.drop_table("staff_member")
    op.drop_index(op.f("ix_mismatch_event_mismatch_id"), table_name="mismatch_event")
    op.drop_table("mismatch_event")
    op.drop_index(op.f("ix_processor_refund_refund_id"), table_name="processor_refund")
    op.drop_index(op.f("ix_processor_refund_payment_intent_id"), table_name="processor_refund")
    op.drop_index(op.f("ix_processor_refund_created_at"), table_name="processor_refund")
    op.drop_table("processor_refund")
    op.drop_index(op.f("ix_processor_payment_subject_id"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_status"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_seen_at"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_hold_id"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_created_at"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_charging_session_id"), table_name="processor_payment")
    op.drop_index(op.f("ix_processor_payment_charge_id"), table_name="processor_payment")
    op.drop_table("processor_payment")
    op.drop_index(op.f("ix_processor_entry_source_id"), table_name="processor_entry")
    op.drop_index(op.f("ix_processor_entry_payment_intent_id"), table_name="processor_entry")
    op.drop_index(op.f("ix_processor_entry_kind"), table_name="processor_entry")
    op.drop_index(op.f("ix_processor_entry_created_at"), table_name="processor_entry")
    op.drop_table("processor_entry")
    op.drop_table("mirror_progress")
