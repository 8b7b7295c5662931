"""What 2.2.1 rules about the parts that several modules share (chapters 8, 10, 11 and 16); see ``rules.py``."""

from clients.ocpi.oddities import Rule

MOMENT = Rule(25)
MOMENT_NEEDED = Rule(25, required=True)
ID36 = Rule(36)
ID36_NEEDED = Rule(36, required=True)
URL = Rule(255)
NEEDED = Rule(required=True)

TOKEN_TYPES = frozenset({"AD_HOC_USER", "APP_USER", "OTHER", "RFID"})
IMAGE_CATEGORIES = frozenset({"CHARGER", "ENTRANCE", "LOCATION", "NETWORK", "OPERATOR", "OTHER", "OWNER"})
CONNECTOR_FORMATS = frozenset({"CABLE", "SOCKET"})
POWER_TYPES = frozenset({"AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"})
CONNECTOR_TYPES = frozenset(
    {
        *("CHADEMO", "CHAOJI", "GBT_AC", "GBT_DC", "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN", "TESLA_R", "TESLA_S"),
        *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"),
        *(f"IEC_60309_2_{kind}" for kind in ("single_16", "three_16", "three_32", "three_64")),
        *(f"IEC_62196_{kind}" for kind in ("T1", "T1_COMBO", "T2", "T2_COMBO", "T3A", "T3C")),
        *(f"NEMA_{kind}" for kind in ("5_20", "6_30", "6_50", "10_30", "10_50", "14_30", "14_50")),
    }
)
_DIMENSIONS = frozenset(
    {
        *("CURRENT", "ENERGY", "ENERGY_EXPORT", "ENERGY_IMPORT", "MAX_CURRENT", "MIN_CURRENT", "MAX_POWER"),
        *("MIN_POWER", "PARKING_TIME", "POWER", "RESERVATION_TIME", "STATE_OF_CHARGE", "TIME"),
    }
)
_ENERGY_SOURCES = frozenset({"NUCLEAR", "GENERAL_FOSSIL", "COAL", "GAS", "GENERAL_GREEN", "SOLAR", "WIND", "WATER"})

OWNER = {"country_code": Rule(2, required=True), "party_id": Rule(3, required=True)}
"""Of every object that a partner owns."""

TEXTS = Rule(inside={"language": Rule(2, required=True), "text": Rule(512, required=True)})
"""DisplayText."""

POINT = {"latitude": Rule(10, required=True), "longitude": Rule(11, required=True)}
"""GeoLocation: degrees are texts."""

IMAGES = Rule(
    inside={
        "url": Rule(255, required=True),
        "thumbnail": URL,
        "category": Rule(required=True, words=IMAGE_CATEGORIES),
        "type": Rule(4, required=True),
    }
)
BUSINESS = {"name": Rule(100, required=True), "website": URL, "logo": IMAGES}
"""BusinessDetails."""

ENERGY_MIX = Rule(
    inside={
        "is_green_energy": NEEDED,
        "energy_sources": Rule(
            inside={"source": Rule(required=True, words=_ENERGY_SOURCES), "percentage": NEEDED},
        ),
        "environ_impact": Rule(
            inside={
                "category": Rule(required=True, words=frozenset({"NUCLEAR_WASTE", "CARBON_DIOXIDE"})),
                "amount": NEEDED,
            },
        ),
        "supplier_name": Rule(64),
        "energy_product_name": Rule(64),
    }
)
PRICE = Rule(inside={"excl_vat": NEEDED})
PERIODS = Rule(
    inside={
        "start_date_time": MOMENT_NEEDED,
        "dimensions": Rule(required=True, inside={"type": Rule(required=True, words=_DIMENSIONS), "volume": NEEDED}),
        "tariff_id": ID36,
    }
)
CDR_TOKEN = Rule(
    required=True,
    inside={
        **OWNER,
        "uid": ID36_NEEDED,
        "type": Rule(required=True, words=TOKEN_TYPES),
        "contract_id": ID36_NEEDED,
    },
)
AUTH_METHOD = Rule(required=True, words=frozenset({"AUTH_REQUEST", "COMMAND", "WHITELIST"}))
