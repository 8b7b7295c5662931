"""Who paid, in the driver's words."""

from api.domain.finance.payer import Payer

_BY_CARD = {
    "en": "Paid by you, by card",
    "de": "Von Ihnen mit Karte bezahlt",
    "fr": "Payé par vous, par carte",
    "nb": "Betalt av deg med kort",
    "sv": "Betalt av dig med kort",
}
_TEXTS = {
    Payer.WALLET: {
        "en": "Paid by you, from your wallet",
        "de": "Von Ihnen aus Ihrem Guthaben bezahlt",
        "fr": "Payé par vous, avec votre portefeuille",
        "nb": "Betalt av deg fra lommeboken",
        "sv": "Betalt av dig från plånboken",
    },
    Payer.FLEET: {
        "en": "Paid by your employer",
        "de": "Von Ihrem Arbeitgeber bezahlt",
        "fr": "Payé par votre employeur",
        "nb": "Betalt av arbeidsgiveren din",
        "sv": "Betalt av din arbetsgivare",
    },
}
_OPEN = {
    "en": "Nothing has been paid yet",
    "de": "Noch nichts bezahlt",
    "fr": "Rien n'a encore été payé",
    "nb": "Ingenting er betalt ennå",
    "sv": "Inget är betalt ännu",
}
_NOTHING = {
    "en": "Nothing to pay",
    "de": "Nichts zu bezahlen",
    "fr": "Rien à payer",
    "nb": "Ingenting å betale",
    "sv": "Inget att betala",
}


def paid_text(payer_type: str, paid_minor: int | None, language: str) -> str:
    """Return a sentence on who paid; it never says paid where nothing was."""
    if paid_minor is None:
        return _OPEN[language]
    return (_by(payer_type) if paid_minor else _NOTHING)[language]


def _by(payer_type: str) -> dict[str, str]:
    return next((texts for payer, texts in _TEXTS.items() if payer == payer_type), _BY_CARD)
