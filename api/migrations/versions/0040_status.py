"""What is up and what is not: probes, days, components, incidents, planned work; faults of EVSEs as they happen."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_TABLES = (
    "evse_fault",
    "status_maintenance",
    "status_update",
    "status_incident",
    "status_component",
    "status_day",
    "status_probe",
)
_NOTE_FAULTS = """
CREATE FUNCTION note_evse_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO evse_fault (evse_key, location_key, at) VALUES (NEW.key, NEW.location_key, NEW.last_updated);
  RETURN NULL;
END $$
"""
_ON_FAULT = """
CREATE TRIGGER evse_faults AFTER UPDATE OF status ON evse FOR EACH ROW WHEN (
  NEW.status IN ('inoperative', 'out_of_order') AND OLD.status NOT IN ('inoperative', 'out_of_order')
) EXECUTE FUNCTION note_evse_fault()
"""


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[dict[str, object]]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "status_probe",
        _text("component"),
        _moment("minute"),
        _text("seen"),
        _text("detail", nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("component", "minute"),
    )
    op.create_index("status_probes_by_minute", "status_probe", ["minute"])
    op.create_table(
        "status_day",
        _text("component"),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("up", "degraded", "down")),
        sa.PrimaryKeyConstraint("component", "day"),
    )
    op.create_table(
        "status_component",
        _text("component"),
        _text("level"),
        _moment("since"),
        _text("detail", nullable=True),
        _moment("probed_at"),
        sa.PrimaryKeyConstraint("component"),
    )
    _incidents()
    op.create_table(
        "status_maintenance",
        _id(),
        _text("kind"),
        _text("subject_id"),
        _moment("starts_at"),
        _moment("ends_at"),
        _json("texts"),
        _text("planned_by"),
        _moment("planned_at"),
        _moment("canceled_at", nullable=True),
        sa.Column("running", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index("running_maintenance", "status_maintenance", ["kind"], postgresql_where=sa.text("running"))
    op.create_index("ix_status_maintenance_ends_at", "status_maintenance", ["ends_at"])
    op.create_table("evse_fault", _id(), _text("evse_key"), _text("location_key"), _moment("at"))
    op.create_index("ix_evse_fault_at", "evse_fault", ["at"])
    op.execute(_NOTE_FAULTS)
    op.execute(_ON_FAULT)


def _incidents() -> None:
    op.create_table(
        "status_incident",
        _id(),
        *(_text(name) for name in ("kind", "subject_id", "severity", "reason", "opened_by")),
        _json("evidence"),
        _moment("opened_at"),
        _moment("seen_at"),
        _moment("closed_at", nullable=True),
        _text("closed_by", nullable=True),
    )
    for name, columns, where in (
        ("one_open_incident_per_subject", ["kind", "subject_id"], "severity <> 'signal'"),
        ("one_open_signal_per_subject", ["kind", "subject_id", "reason"], "severity = 'signal'"),
    ):
        found = sa.text(f"closed_at IS NULL AND {where}")
        op.create_index(name, "status_incident", columns, unique=True, postgresql_where=found)
    op.create_index("incidents_by_end", "status_incident", ["closed_at"])
    op.create_table(
        "status_update",
        _id(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        _moment("at"),
        _text("by"),
        _text("stage"),
        _json("texts"),
        sa.ForeignKeyConstraint(["incident_id"], ["status_incident.id"]),
    )
    op.create_index("ix_status_update_incident_id", "status_update", ["incident_id"])


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER evse_faults ON evse")
    op.execute("DROP FUNCTION note_evse_fault")
    for table in _TABLES:
        op.drop_table(table)
