"""What a caller is told about a line, in one sentence a case and five languages."""

from datetime import datetime
from zoneinfo import ZoneInfo

from api.services.directory.best import BestContact

_TEXTS = {
    "operator": {
        "en": "Call {name} first: the operator can do most at the charger.",
        "de": "Rufen Sie zuerst {name} an: Der Betreiber kann an der Säule am meisten tun.",
        "fr": "Appelez d'abord {name} : l'opérateur peut le plus sur la borne.",
        "nb": "Ring {name} først: Operatøren kan gjøre mest med laderen.",
        "sv": "Ring {name} först: operatören kan göra mest vid laddaren.",
    },
    "always": {
        "en": "Somebody answers day and night.",
        "de": "Hier nimmt Tag und Nacht jemand ab.",
        "fr": "Quelqu'un répond jour et nuit.",
        "nb": "Noen svarer døgnet rundt.",
        "sv": "Någon svarar dygnet runt.",
    },
    "open": {
        "en": "Somebody answers now.",
        "de": "Jetzt nimmt jemand ab.",
        "fr": "Quelqu'un répond maintenant.",
        "nb": "Noen svarer nå.",
        "sv": "Någon svarar nu.",
    },
    "closed": {
        "en": "Closed until {at}.",
        "de": "Geschlossen bis {at}.",
        "fr": "Fermé jusqu'au {at}.",
        "nb": "Stengt til {at}.",
        "sv": "Stängt till {at}.",
    },
    "shut": {
        "en": "Closed.",
        "de": "Geschlossen.",
        "fr": "Fermé.",
        "nb": "Stengt.",
        "sv": "Stängt.",
    },
    "unknown": {
        "en": "We do not know when somebody answers.",
        "de": "Wann jemand abnimmt, wissen wir nicht.",
        "fr": "Nous ne savons pas quand quelqu'un répond.",
        "nb": "Vi vet ikke når noen svarer.",
        "sv": "Vi vet inte när någon svarar.",
    },
}


def operator_text(name: str | None, language: str) -> str | None:
    """Return why the operator comes first, None for one without a name."""
    return _TEXTS["operator"][language].format(name=name) if name else None


def line_text(best: BestContact, zone: str | None, language: str) -> str:
    """Return what a caller meets on a line, times on the wall clock of the caller's zone."""
    if best.open is None:
        return _TEXTS["unknown"][language]
    if best.always_open:
        return _TEXTS["always"][language]
    if best.open:
        return _TEXTS["open"][language]
    if best.next_change_at is None:
        return _TEXTS["shut"][language]
    return _TEXTS["closed"][language].format(at=_shown(best.next_change_at, zone or "UTC"))


def _shown(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
