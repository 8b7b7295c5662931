"""The map's own narrow table, kept by triggers; words of places for the search; favorites, watches, last success.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# A spot is written by what writes its connector, EVSE or location, in the same transaction. Inserts are taken by the
# statement, since pulls write pages; updates by the row, and only where something that the map shows has changed.
FUNCTIONS = """
CREATE FUNCTION spot_x(longitude double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT least(1073741823, greatest(0, floor((longitude + 180) / 360 * 1073741824)))::integer $$;

CREATE FUNCTION spot_y(latitude double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT least(1073741823, greatest(0, floor(
     (0.5 - ln(tan(pi() / 4 + radians(least(85.05, greatest(-85.05, latitude))) / 2)) / (2 * pi())) * 1073741824
   )))::integer $$;

CREATE FUNCTION spot_tile(x integer, y integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ((x >> 18) << 12) | (y >> 18) $$;

CREATE FUNCTION spot_payable(capabilities jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT capabilities ?| ARRAY[
     'credit_card_payable', 'debit_card_payable', 'chip_card_support', 'contactless_card_support', 'ped_terminal'
   ] $$;

CREATE FUNCTION spot_status(status text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE status
     WHEN 'available' THEN 1
     WHEN 'charging' THEN 2 WHEN 'blocked' THEN 2 WHEN 'reserved' THEN 2
     WHEN 'out_of_order' THEN 3 WHEN 'inoperative' THEN 3
     WHEN 'planned' THEN 4
     WHEN 'removed' THEN 5
     ELSE 0 END::smallint $$;

CREATE FUNCTION spot_power(
  power integer, voltage integer, amperage integer, kind text
) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE
     WHEN power > 0 THEN power
     WHEN voltage > 0 AND amperage > 0 THEN least(2147483647, voltage::bigint * amperage
       * CASE WHEN kind = 'ac_3_phase' AND voltage < 300 THEN 3 ELSE 1 END)::integer
   END $$;

-- A function, and said to be cheap, since it is asked for hubs' spots only: else a map of few hubs is planned for many.
CREATE FUNCTION spot_told_directly(wanted text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE COST 1 AS
$$ SELECT EXISTS (
     SELECT 1 FROM evse e JOIN location l ON l.key = e.location_key JOIN partner p ON p.id = l.partner_id
     WHERE e.evse_id_normal = wanted AND e.status <> 'removed' AND l.publish
       AND p.status = 'connected' AND NOT p.roles @> '[{"role": "hub"}]'
   ) $$;

CREATE FUNCTION spots_of_connectors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO spot (partner, network, x, y, tile, power_w, status, by_app, by_card, payable, published,
                    standard, evse_key, connector_id, location_key, evse_id_normal)
  SELECT hashtextextended(l.partner_id, 0),
         hashtextextended(l.country_code || '-' || l.party_id, 0), at.x, at.y, spot_tile(at.x, at.y),
         coalesce(spot_power(c.max_electric_power_w, c.max_voltage, c.max_amperage, c.power_type), 0),
         spot_status(e.status), e.capabilities ? 'remote_start_stop_capable', e.capabilities ? 'rfid_reader',
         spot_payable(e.capabilities), l.publish, c.standard, c.evse_key, c.public_id, l.key,
         e.evse_id_normal
  FROM arrived c JOIN evse e ON e.key = c.evse_key JOIN location l ON l.key = e.location_key
  CROSS JOIN LATERAL (SELECT spot_x(l.longitude) AS x, spot_y(l.latitude) AS y) at
  ON CONFLICT (evse_key, connector_id) DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION spot_of_connector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE spot SET standard = NEW.standard,
    power_w = coalesce(spot_power(NEW.max_electric_power_w, NEW.max_voltage, NEW.max_amperage, NEW.power_type), 0)
  WHERE evse_key = NEW.evse_key AND connector_id = NEW.public_id;
  RETURN NULL;
END $$;

CREATE FUNCTION spots_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM spot USING gone WHERE spot.evse_key = gone.evse_key AND spot.connector_id = gone.public_id;
  RETURN NULL;
END $$;

CREATE FUNCTION spots_all_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM spot;
  RETURN NULL;
END $$;

CREATE FUNCTION spots_of_evse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE spot SET status = spot_status(NEW.status), by_app = NEW.capabilities ? 'remote_start_stop_capable',
    by_card = NEW.capabilities ? 'rfid_reader', payable = spot_payable(NEW.capabilities),
    evse_id_normal = NEW.evse_id_normal
  WHERE evse_key = NEW.key;
  IF OLD.evse_id_normal IS DISTINCT FROM NEW.evse_id_normal THEN
    INSERT INTO place_unread (location_key) VALUES (NEW.location_key);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION spots_of_location() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE spot SET published = NEW.publish, x = spot_x(NEW.longitude), y = spot_y(NEW.latitude),
    tile = spot_tile(spot_x(NEW.longitude), spot_y(NEW.latitude))
  WHERE evse_key IN (SELECT key FROM evse WHERE location_key = NEW.key);
  RETURN NULL;
END $$;

CREATE FUNCTION places_unread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO place_unread (location_key) SELECT key FROM arrived;
  RETURN NULL;
END $$;

CREATE FUNCTION places_of_evses_unread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO place_unread (location_key) SELECT DISTINCT location_key FROM arrived;
  RETURN NULL;
END $$;

CREATE FUNCTION place_unread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO place_unread (location_key) VALUES (NEW.key);
  RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER spots_arrive AFTER INSERT ON connector REFERENCING NEW TABLE AS arrived
  FOR EACH STATEMENT EXECUTE FUNCTION spots_of_connectors();
CREATE TRIGGER spots_go AFTER DELETE ON connector REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION spots_gone();
CREATE TRIGGER spots_all_go AFTER TRUNCATE ON connector FOR EACH STATEMENT EXECUTE FUNCTION spots_all_gone();
CREATE TRIGGER spot_changes AFTER UPDATE ON connector FOR EACH ROW WHEN (
  (OLD.standard, OLD.power_type, OLD.max_voltage, OLD.max_amperage, OLD.max_electric_power_w) IS DISTINCT FROM
  (NEW.standard, NEW.power_type, NEW.max_voltage, NEW.max_amperage, NEW.max_electric_power_w)
) EXECUTE FUNCTION spot_of_connector();
CREATE TRIGGER spots_change AFTER UPDATE ON evse FOR EACH ROW WHEN (
  OLD.status IS DISTINCT FROM NEW.status OR OLD.capabilities IS DISTINCT FROM NEW.capabilities
  OR OLD.evse_id_normal IS DISTINCT FROM NEW.evse_id_normal
) EXECUTE FUNCTION spots_of_evse();
CREATE TRIGGER spots_move AFTER UPDATE ON location FOR EACH ROW WHEN (
  OLD.publish IS DISTINCT FROM NEW.publish OR OLD.latitude IS DISTINCT FROM NEW.latitude
  OR OLD.longitude IS DISTINCT FROM NEW.longitude
) EXECUTE FUNCTION spots_of_location();
CREATE TRIGGER words_arrive AFTER INSERT ON location REFERENCING NEW TABLE AS arrived
  FOR EACH STATEMENT EXECUTE FUNCTION places_unread();
CREATE TRIGGER words_of_evses_arrive AFTER INSERT ON evse REFERENCING NEW TABLE AS arrived
  FOR EACH STATEMENT EXECUTE FUNCTION places_of_evses_unread();
CREATE TRIGGER words_change AFTER UPDATE ON location FOR EACH ROW WHEN (
  OLD.name IS DISTINCT FROM NEW.name OR OLD.address IS DISTINCT FROM NEW.address OR OLD.city IS DISTINCT FROM NEW.city
  OR OLD.postal_code IS DISTINCT FROM NEW.postal_code OR OLD.operator_name IS DISTINCT FROM NEW.operator_name
) EXECUTE FUNCTION place_unread();
"""

FILL = """
INSERT INTO spot (partner, network, x, y, tile, power_w, status, by_app, by_card, payable, published,
                  standard, evse_key, connector_id, location_key, evse_id_normal)
SELECT hashtextextended(l.partner_id, 0),
       hashtextextended(l.country_code || '-' || l.party_id, 0), at.x, at.y, spot_tile(at.x, at.y),
       coalesce(spot_power(c.max_electric_power_w, c.max_voltage, c.max_amperage, c.power_type), 0),
       spot_status(e.status), e.capabilities ? 'remote_start_stop_capable', e.capabilities ? 'rfid_reader',
         spot_payable(e.capabilities), l.publish, c.standard, c.evse_key, c.public_id, l.key,
       e.evse_id_normal
FROM connector c JOIN evse e ON e.key = c.evse_key JOIN location l ON l.key = e.location_key
CROSS JOIN LATERAL (SELECT spot_x(l.longitude) AS x, spot_y(l.latitude) AS y) at;
INSERT INTO place_unread (location_key) SELECT key FROM location;
"""

_DROPPED = {
    "connector": ("spots_arrive", "spots_go", "spots_all_go", "spot_changes"),
    "evse": ("spots_change", "words_of_evses_arrive"),
    "location": ("spots_move", "words_arrive", "words_change"),
}
_FUNCTIONS = (
    "places_unread()",
    "places_of_evses_unread()",
    "place_unread()",
    "spots_of_connectors()",
    "spot_of_connector()",
    "spots_gone()",
    "spots_all_gone()",
    "spots_of_evse()",
    "spots_of_location()",
    "spot_told_directly(text)",
    "spot_power(integer, integer, integer, text)",
    "spot_payable(jsonb)",
    "spot_status(text)",
    "spot_tile(integer, integer)",
    "spot_y(double precision)",
    "spot_x(double precision)",
)


def _text(name: str, *more: object, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), *more, nullable=nullable)  # type: ignore[arg-type]  # passed on


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def upgrade() -> None:
    """Make the tables, then what fills them, and fill them."""
    op.create_table(
        "spot",
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("partner", "network")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("x", "y", "tile", "power_w")),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("by_app", "by_card", "payable", "published")),
        *(_text(name) for name in ("standard", "evse_key", "connector_id", "location_key")),
        _text("evse_id_normal", nullable=True),
        sa.PrimaryKeyConstraint("evse_key", "connector_id"),
    )
    op.create_index("ix_spot_tile", "spot", ["tile"])
    op.create_table(
        "place_unread",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _text("location_key"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "place_text",
        _text("location_key"),
        sa.Column("words", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("location_key"),
    )
    op.create_index("ix_place_text_words", "place_text", ["words"], postgresql_using="gin")
    op.create_table(
        "place_word",
        sa.Column("word", sa.String(collation="C"), nullable=False),
        sa.Column("grams", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("word"),
    )
    op.create_index("ix_place_word_grams", "place_word", ["grams"], postgresql_using="gin")
    op.create_table(
        "favorite",
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("location_key"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("driver_id", "location_key"),
    )
    op.create_table(
        "watch",
        _text("id"),
        _text("driver_id", sa.ForeignKey("driver.id")),
        _text("location_key"),
        _text("connector_id", nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("told_at", nullable=True),
        _text("told_connector_id", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_watch_driver_id", "watch", ["driver_id"])
    op.create_index("open_watch", "watch", ["expires_at"], postgresql_where=sa.text("told_at IS NULL"))
    op.create_table(
        "evse_score",
        _text("evse_key"),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("worked", sa.Integer(), nullable=False),
        _moment("last_good_at", nullable=True),
        _moment("counted_at"),
        sa.PrimaryKeyConstraint("evse_key"),
    )
    op.create_index("ix_charging_session_evse_key", "charging_session", ["evse_key"])
    for script in (FUNCTIONS, TRIGGERS, FILL):
        op.execute(script)


def downgrade() -> None:
    """Drop it all; what partners told is untouched."""
    for table, triggers in _DROPPED.items():
        for trigger in triggers:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_charging_session_evse_key", table_name="charging_session")
    for table in ("evse_score", "watch", "favorite", "place_word", "place_text", "place_unread", "spot"):
        op.drop_table(table)
