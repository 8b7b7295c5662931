"""German."""

from typing import Final

from api.routes.account.texts.shape import Page, PageText, Texts

DE: Final = Texts(
    pages={
        Page.ACTIVATE: PageText(
            "Bestätigen Sie Ihre Adresse",
            "Bestätigen Sie, dass {address} Ihnen gehört; dann ist Ihr Konto bei {our_name} bereit.",
            "Bestätigen",
            "Ihr Konto ist bereit",
            "Gehen Sie zurück in die App und melden Sie sich an.",
        ),
        Page.RESET: PageText(
            "Wählen Sie ein neues Passwort",
            "Es gilt für das Konto mit der Adresse {address}. Alle Geräte werden abgemeldet.",
            "Passwort speichern",
            "Ihr Passwort wurde geändert",
            "Gehen Sie zurück in die App und melden Sie sich damit an.",
        ),
        Page.EMAIL: PageText(
            "Bestätigen Sie Ihre neue Adresse",
            "Ab jetzt ist {address} die Adresse Ihres Kontos bei {our_name}.",
            "Bestätigen",
            "Ihre Adresse wurde geändert",
            "Melden Sie sich von nun an damit an.",
        ),
        Page.UNDO_EMAIL: PageText(
            "Änderung rückgängig machen",
            "Ihr Konto bekommt wieder die Adresse {address}, alle Geräte werden abgemeldet, und wir senden Ihnen einen"
            " Link für ein neues Passwort.",
            "Rückgängig machen",
            "Die Änderung ist rückgängig gemacht",
            "Sehen Sie in Ihre E-Mails: Wählen Sie jetzt ein neues Passwort.",
        ),
        Page.UNDO_ERASURE: PageText(
            "Konto behalten",
            "Ihr Konto bei {our_name} soll gelöscht werden. Sie können es behalten.",
            "Konto behalten",
            "Ihr Konto bleibt",
            "Gehen Sie zurück in die App; alles ist wie zuvor.",
        ),
    },
    field_label="Neues Passwort",
    field_hint="Mindestens {least} Zeichen. Ein Satz ist leicht zu merken.",
    refused_title="Dieser Link funktioniert nicht",
    reasons={
        "used": "Er wurde schon benutzt und gilt nur einmal. Wenn Sie das waren, ist alles erledigt.",
        "replaced": "Ein neuerer Link oder eine andere Änderung des Kontos ist an seine Stelle getreten.",
        "expired": "Er ist zu alt. Fordern Sie in der App einen neuen an.",
        "taken": "Die Adresse gehört schon zu einem Konto. Melden Sie sich an, oder fordern Sie in der App ein neues"
        " Passwort an.",
        "unknown": "Wir kennen ihn nicht. Kopieren Sie ihn ganz aus der E-Mail, oder fordern Sie in der App einen neuen"
        " an.",
        "short": "Das Passwort ist zu kurz: Es braucht mindestens {least} Zeichen.",
        "monotonous": "Das Passwort wiederholt zu wenige Zeichen. Wählen Sie ein anderes.",
        "address": "Das Passwort darf nicht Ihre Adresse sein.",
    },
)
