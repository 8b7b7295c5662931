"""Identifiers of the field: who is a party, and our own prefixed public ids.

EVSE ids and visual identifiers are parsed in ``visual_id.py``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartyId:
    """A party in the market: country code (ISO 3166 alpha-2) and three characters, compared without case."""

    country_code: str
    party_id: str

    def __post_init__(self) -> None:
        """Keep both parts in upper case: OCPI compares them without case."""
        object.__setattr__(self, "country_code", self.country_code.upper())
        object.__setattr__(self, "party_id", self.party_id.upper())

    def __str__(self) -> str:
        """Return the usual spelling, for example ``DE-ABC``."""
        return f"{self.country_code}-{self.party_id}"


class Prefix:
    """Prefixes of our public ids, so that an id tells what it names."""

    CHARGING_SESSION = "chs"
    HOLD = "hld"
    OPERATION = "opr"
    CARD = "crd"
    CARD_OPERATION = "cop"
    QUOTE = "quo"
    COMMAND = "cmd"
    PREFERENCES = "prf"
    PROFILE_REQUEST = "cpr"
    AUTHORIZATION = "aut"
    DRIVER = "drv"
    GUEST_VISIT = "gst"
    GUEST_DISPLAY = "gdp"
    PASS = "pas"  # noqa: S105 - an id prefix, not a password
    PARTNER = "prt"
    CDR = "cdr"
    RECEIPT = "rcp"
    MAIL = "mai"
    LETTER = "ltr"
    PARTNER_LETTER = "plt"
    ACCOUNT_LINK = "lnk"
    ACCOUNT_REQUEST = "arq"
    DATA_EXPORT = "exp"
    FLEET_ACCOUNT = "flt"
    RETAIL_TERMS = "rtm"
    NOTICE = "ntc"
    NOTICE_DELIVERY = "ndl"
    WEBHOOK_ENDPOINT = "weh"
    WEBHOOK_EVENT = "wev"
    WEBHOOK_DELIVERY = "wdl"
    WATCH = "wch"
    MISMATCH = "mis"
    CASE = "cas"
    DIAGNOSIS = "dia"
    VISIT = "vst"
    COMPLAINT = "cpl"
    RULING = "rlg"
    CASE_MAIL = "cml"
    CASE_FILE = "cfl"
    INBOUND_MAIL = "inm"
    HELP_OFFER = "hof"
    UNLOCK_REQUEST = "ulr"
    TIMELINE_LINK = "tml"
    OWNER = "own"
    OWNED_SITE = "ows"
    STAFF = "stf"
    STAFF_CHANGE = "stc"
    RECONCILIATION_RUN = "rcr"
    CREDIT = "crd"
    REFUND = "rfd"
    WRITE_OFF = "wof"
    SETTLEMENT = "stl"
    DISPUTE = "dsp"
    EVIDENCE = "evp"
    JOURNAL = "jrn"
    PAYIN = "pin"
    PAYOUT_OF_WALLET = "wpo"
    WALLET_REFUND = "wrf"
    EVENT = "evt"
    VEHICLE_MODEL = "vhm"
    TOKEN_FAMILY = "fam"  # noqa: S105 - an id prefix, not a password
