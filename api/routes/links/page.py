"""The one small page behind links, in five languages: no script, no picture, nothing loaded from anywhere."""

from collections.abc import Mapping
from html import escape
from typing import Final

from api.services.roaming.linked import LinkedPlace

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "charge": "Your charge",
        "gone": "We do not know this charger",
        "gone_help": "Please compare the number with the one on the charger.",
        "open": "Open this link on a phone that has the app: it shows everything and lets you start and stop.",
        "get": "Get the app",
        "guest": "Without the app: scan the code on the display of the charger, and pay with a card.",
        "digits": "No camera at hand? Type the digits on the display",
        "operator": "Operator",
    },
    "de": {
        "charge": "Ihr Ladevorgang",
        "gone": "Diesen Ladepunkt kennen wir nicht",
        "gone_help": "Bitte vergleichen Sie die Nummer mit der am Ladepunkt.",
        "open": "Öffnen Sie diesen Link auf einem Telefon mit der App: Dort sehen Sie alles und können starten und"
        " stoppen.",
        "get": "App laden",
        "guest": "Ohne App: Scannen Sie den Code auf der Anzeige des Ladepunkts und zahlen Sie mit Karte.",
        "digits": "Keine Kamera zur Hand? Geben Sie die Ziffern auf der Anzeige ein",
        "operator": "Betreiber",
    },
    "fr": {
        "charge": "Votre charge",
        "gone": "Nous ne connaissons pas cette borne",
        "gone_help": "Veuillez comparer le numéro avec celui de la borne.",
        "open": "Ouvrez ce lien sur un téléphone équipé de l'application : vous y verrez tout et pourrez démarrer et"
        " arrêter.",
        "get": "Télécharger l'application",
        "guest": "Sans l'application : scannez le code affiché à l'écran de la borne et payez par carte.",
        "digits": "Pas d'appareil photo ? Saisissez les chiffres affichés à l'écran",
        "operator": "Exploitant",
    },
    "nb": {
        "charge": "Ladingen din",
        "gone": "Vi kjenner ikke denne laderen",
        "gone_help": "Sammenlign nummeret med det på laderen.",
        "open": "Åpne lenken på en telefon med appen: der ser du alt og kan starte og stoppe.",
        "get": "Last ned appen",
        "guest": "Uten appen: skann koden på laderens skjerm og betal med kort.",
        "digits": "Ikke noe kamera? Skriv inn sifrene på skjermen",
        "operator": "Operatør",
    },
    "sv": {
        "charge": "Din laddning",
        "gone": "Vi känner inte till den här laddaren",
        "gone_help": "Jämför numret med det på laddaren.",
        "open": "Öppna länken på en telefon med appen: där ser du allt och kan starta och stoppa.",
        "get": "Hämta appen",
        "guest": "Utan appen: skanna koden på laddarens skärm och betala med kort.",
        "digits": "Ingen kamera? Skriv in siffrorna på skärmen",
        "operator": "Operatör",
    },
}
_STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}a{color:#0b5394}h1{font-size:1.5rem}"
)


def page(
    found: LinkedPlace | None,
    language: str,
    our_name: str,
    app_store_url: str | None,
    play_store_url: str | None,
    *,
    charge: bool = False,
    guest_url: str | None = None,
) -> str:
    """Return the page of a charger, of one that we do not know, or of a charge.

    ``guest_url`` is where guests type what the display shows: a link alone may start nothing, for it could be a
    photograph of a sticker (``docs/decisions/0023-guests-scan-and-pay.md``).
    """
    words = _WORDS[language]
    if charge:
        title, parts = words["charge"], [f"<p>{escape(words['open'])}</p>"]
    elif found is None:
        title, parts = words["gone"], [f"<p>{escape(words['gone_help'])}</p>"]
    else:
        title, parts = found.evse_id, [*_place(found, words), f"<p>{escape(words['open'])}</p>"]
        parts += _guests(guest_url, words) if guest_url else []
    shops = (("App Store", app_store_url), ("Google Play", play_store_url))
    links = [f'<a href="{escape(url)}">{escape(words["get"])}: {name}</a>' for name, url in shops if url]
    body = "".join([*parts, *(f"<p>{each}</p>" for each in links)])
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} – {escape(our_name)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def _guests(url: str, words: Mapping[str, str]) -> list[str]:
    return [f"<p>{escape(words['guest'])}</p>", f'<p><a href="{escape(url)}">{escape(words["digits"])}</a></p>']


def _place(found: LinkedPlace, words: Mapping[str, str]) -> list[str]:
    lines = [found.name, found.address, found.city]
    shown = ", ".join(escape(each) for each in dict.fromkeys(filter(None, lines)))
    whom = ", ".join(escape(each) for each in (found.operator_name, found.operator_phone) if each)
    return [f"<p>{shown}</p>"] + ([f"<p>{escape(words['operator'])}: {whom}</p>"] if whom else [])
