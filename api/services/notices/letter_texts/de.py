"""German."""

from typing import Final

from api.services.notices.letter_texts.templates import Template

DE_FOOT: Final = """\
--
{our_name}
Fragen? {contact}
"""
DE: Final[dict[Template, tuple[str, str]]] = {
    Template.ACTIVATE: (
        "Bestätigen Sie Ihre Adresse für {our_name}",
        """\
Guten Tag,

mit dieser Adresse wurde bei {our_name} ein Konto angelegt. Wenn Sie das waren, öffnen Sie diese Seite und
bestätigen Sie:

{link}

Oder geben Sie in der App diesen Code ein: {code}

Beides gilt einmal und {hours} Stunden lang. Wenn Sie es nicht waren, tun Sie nichts: Ohne Bestätigung gibt es kein
Konto.
""",
    ),
    Template.ACCOUNT_EXISTS: (
        "Sie haben bereits ein Konto bei {our_name}",
        """\
Guten Tag,

jemand wollte diese Adresse für ein Konto bei {our_name} verwenden, sie hat aber schon eines. Wenn Sie das waren,
melden Sie sich wie gewohnt an; haben Sie Ihr Passwort vergessen, fordern Sie in der App ein neues an. Wenn Sie es
nicht waren, ist nichts zu tun.
""",
    ),
    Template.RESET: (
        "Wählen Sie ein neues Passwort für {our_name}",
        """\
Guten Tag,

für Ihr Konto wurde ein neues Passwort angefordert. Wenn Sie das waren, wählen Sie es hier:

{link}

Der Link gilt einmal und {hours} Stunde(n) lang. Danach sind alle Geräte abgemeldet. Wenn Sie es nicht waren, tun
Sie nichts: Ihr Passwort bleibt, wie es ist.
""",
    ),
    Template.PASSWORD_CHANGED: (
        "Ihr Passwort wurde geändert",
        """\
Guten Tag,

das Passwort Ihres Kontos bei {our_name} wurde geändert, andere Geräte wurden abgemeldet. Wenn Sie das nicht waren,
fordern Sie in der App sofort ein neues Passwort an und schreiben Sie uns.
""",
    ),
    Template.EMAIL_CONFIRM: (
        "Bestätigen Sie Ihre neue Adresse für {our_name}",
        """\
Guten Tag,

diese Adresse soll zu einem Konto bei {our_name} gehören. Wenn Sie das möchten, öffnen Sie diese Seite und
bestätigen Sie:

{link}

Der Link gilt einmal und {hours} Stunden lang. Wenn Sie es nicht waren, tun Sie nichts.
""",
    ),
    Template.EMAIL_CHANGED: (
        "Die Adresse Ihres Kontos wurde geändert",
        """\
Guten Tag,

das Konto bei {our_name}, das zu dieser Adresse gehörte, hat jetzt eine andere. Wenn Sie das waren, ist nichts zu tun.

Wenn Sie es nicht waren, machen Sie es hier rückgängig; alle Geräte werden abgemeldet, und wir senden Ihnen einen Link
für ein neues Passwort:

{link}

Der Link gilt einmal und {days} Tage lang.
""",
    ),
    Template.EXPORT_READY: (
        "Die Kopie Ihrer Daten ist fertig",
        """\
Guten Tag,

die Kopie Ihrer Daten, um die Sie gebeten haben, ist fertig. Laden Sie sie innerhalb von {hours} Stunden in der App
herunter; danach wird sie gelöscht. Wenn Sie nicht darum gebeten haben, ändern Sie Ihr Passwort und schreiben Sie uns.
""",
    ),
    Template.ERASURE_PLANNED: (
        "Ihr Konto wird am {day} gelöscht",
        """\
Guten Tag,

wie gewünscht wird Ihr Konto bei {our_name} am {day} gelöscht. Bis dahin können Sie damit keinen Ladevorgang starten.
Belege bleiben bei uns, solange das Steuerrecht es verlangt, ohne Ihre Adresse und Ihr Passwort.

Wenn Sie es sich anders überlegen oder es nicht waren, behalten Sie das Konto hier:

{link}
""",
    ),
    Template.ERASED: (
        "Ihr Konto wurde gelöscht",
        """\
Guten Tag,

Ihr Konto bei {our_name} wurde gelöscht. Dies ist unser letztes Schreiben an Sie. Was wir nach dem Steuerrecht behalten
müssen, steht unter einer Nummer statt unter Ihrer Adresse.
""",
    ),
}
