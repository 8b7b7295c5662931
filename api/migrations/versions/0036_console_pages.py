"""What pages of staff are searched by."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_OPEN = "status NOT IN ('captured', 'declined', 'expired', 'passed_on', 'released')"
_ENDS = "kind IN ('capture_succeeded', 'release_succeeded', 'expired')"
_PLAIN = (
    ("holds_by_age", "hold", ["created_at", "id"]),
    ("holds_by_card", "hold", ["card_last4", "created_at"]),
    ("holds_by_currency", "hold", ["currency"]),
    ("ix_charging_session_visual_id", "charging_session", ["visual_id"]),
    ("ix_partner_session_id", "partner_session", ["id"]),
    ("cdrs_of_partner_by_time", "cdr", ["partner_id", "received_at"]),
    ("ix_cdr_id", "cdr", ["id"]),
    ("ix_webhook_event_object_id", "webhook_event", ["object_id"]),
)


def upgrade() -> None:
    """Apply."""
    for name, table, columns in _PLAIN:
        op.create_index(name, table, columns)
    op.create_index("open_holds_by_time_left", "hold", ["capture_before", "id"], postgresql_where=sa.text(_OPEN))
    op.create_index("ends_of_holds", "hold_event", ["at"], postgresql_where=sa.text(_ENDS))


def downgrade() -> None:
    """Take back."""
    op.drop_index("ends_of_holds", "hold_event")
    op.drop_index("open_holds_by_time_left", "hold")
    for name, table, _ in reversed(_PLAIN):
        op.drop_index(name, table)
