"""What a driver reads of a request to unlock, by what it came to, in the order of ``LANGUAGES``."""

from api.domain.language import LANGUAGES
from api.domain.support.unlock import UnlockOutcome

_O = UnlockOutcome
_ROWS: dict[UnlockOutcome, tuple[str, str, str, str, str]] = {
    _O.ASKED: (
        "An agent is looking at it. Stay at the car, and do not use force.",
        "Es wird geprüft. Bleiben Sie am Auto und wenden Sie keine Gewalt an.",
        "Un agent examine la demande. Restez près de la voiture et ne forcez pas.",
        "En medarbeider ser på det. Bli ved bilen, og ikke bruk makt.",
        "En medarbetare tittar på det. Stanna vid bilen och använd inte våld.",
    ),
    _O.UNDER_WAY: (
        "The charger was told to let go.",
        "Die Ladestation wurde angewiesen zu entriegeln.",
        "La borne a reçu l'ordre de libérer le câble.",
        "Laderen er bedt om å låse opp.",
        "Laddaren har ombetts att låsa upp.",
    ),
    _O.UNLOCKED: (
        "The charger let go. Pull the cable out now.",
        "Die Ladestation hat entriegelt. Ziehen Sie das Kabel jetzt heraus.",
        "La borne a libéré le câble. Retirez-le maintenant.",
        "Laderen har låst opp. Trekk kabelen ut nå.",
        "Laddaren har låst upp. Dra ut kabeln nu.",
    ),
    _O.FAILED: (
        "The charger did not let go. Call the operator; do not use force.",
        "Die Ladestation hat nicht entriegelt. Rufen Sie den Betreiber an; keine Gewalt anwenden.",
        "La borne n'a pas libéré le câble. Appelez l'exploitant ; ne forcez pas.",
        "Laderen låste ikke opp. Ring operatøren; ikke bruk makt.",
        "Laddaren låste inte upp. Ring operatören; använd inte våld.",
    ),
    _O.UNKNOWN: (
        "The charger gave no answer. Try the cable; if it holds, call the operator.",
        "Die Ladestation antwortet nicht. Versuchen Sie es; hält das Kabel, rufen Sie den Betreiber an.",
        "La borne n'a pas répondu. Essayez ; si le câble tient, appelez l'exploitant.",
        "Laderen svarer ikke. Prøv kabelen; sitter den fast, ring operatøren.",
        "Laddaren svarar inte. Prova kabeln; sitter den fast, ring operatören.",
    ),
    _O.DECLINED: (
        "An agent decided against it.",
        "Es wurde abgelehnt.",
        "Un agent a refusé.",
        "En medarbeider sa nei.",
        "En medarbetare sa nej.",
    ),
    _O.EXPIRED: (
        "The cable is out, or nobody decided in time. Ask again if it is still stuck.",
        "Das Kabel ist frei, oder niemand hat rechtzeitig entschieden. Fragen Sie erneut, wenn es noch feststeckt.",
        "Le câble est libre, ou personne n'a décidé à temps. Redemandez s'il est encore coincé.",
        "Kabelen er ute, eller ingen svarte i tide. Spør igjen hvis den sitter fast.",
        "Kabeln är ute, eller ingen svarade i tid. Fråga igen om den sitter fast.",
    ),
}


def unlock_text(outcome: UnlockOutcome, language: str) -> str:
    """Return what became of a request, in one of our languages."""
    return _ROWS[outcome][LANGUAGES.index(language)]
