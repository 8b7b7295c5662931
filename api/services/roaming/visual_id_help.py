"""Where the number of a post is to be found: the network's own words, else words that hold for most (CM09)."""

from dataclasses import dataclass
from typing import Final

from api.domain.language import LANGUAGES
from api.models.network import Network

_ANYWHERE: Final[dict[str, str]] = {
    "en": "Look at the charger near the socket or the display: the number is printed there, often under a QR code, and"
    " may look like DE*ABC*E1234*1. Typing the last part is enough.",
    "de": "Sehen Sie am Ladepunkt nahe der Buchse oder dem Display nach: Dort steht die Nummer, oft unter einem QR-Code"
    ", etwa in der Form DE*ABC*E1234*1. Der letzte Teil genügt.",
    "fr": "Regardez sur la borne, près de la prise ou de l'écran : le numéro y est imprimé, souvent sous un QR code,"
    " par exemple DE*ABC*E1234*1. La dernière partie suffit.",
    "nb": "Se på laderen ved kontakten eller skjermen: nummeret står der, ofte under en QR-kode, for eksempel"
    " DE*ABC*E1234*1. Det holder å skrive den siste delen.",
    "sv": "Titta på laddaren vid uttaget eller skärmen: numret står där, ofta under en QR-kod, till exempel"
    " DE*ABC*E1234*1. Det räcker att skriva den sista delen.",
}


@dataclass(frozen=True, slots=True)
class VisualIdHelp:
    """The words, their language, a picture if there is one, and whether the words are the network's own."""

    text: str
    language: str
    picture: str | None
    own: bool


def visual_id_help(network: Network, language: str) -> VisualIdHelp:
    """Return the network's own words in this language, or in English, or in any; else words that hold for most."""
    hints = {name: words for name, words in network.visual_id_hints.items() if words}
    for wanted in (language, "en", *LANGUAGES):
        if wanted in hints:
            return VisualIdHelp(hints[wanted], wanted, network.visual_id_picture, own=True)
    return VisualIdHelp(_ANYWHERE[language], language, network.visual_id_picture, own=False)
