"""Norwegian (Bokmål)."""

from typing import Final

from api.services.notices.letter_texts.templates import Template

NB_FOOT: Final = """\
--
{our_name}
Spørsmål? {contact}
"""
NB: Final[dict[Template, tuple[str, str]]] = {
    Template.ACTIVATE: (
        "Bekreft adressen din for {our_name}",
        """\
Hei,

noen har opprettet en konto hos {our_name} med denne adressen. Hvis det var deg, åpne denne siden og bekreft:

{link}

Eller skriv inn denne koden i appen: {code}

Begge gjelder én gang, i {hours} timer. Hvis det ikke var deg, trenger du ikke å gjøre noe: uten bekreftelse blir det
ingen konto.
""",
    ),
    Template.ACCOUNT_EXISTS: (
        "Du har allerede en konto hos {our_name}",
        """\
Hei,

noen ville bruke denne adressen til en konto hos {our_name}, men den har allerede en. Hvis det var deg, logg inn som
vanlig; har du glemt passordet, be om et nytt i appen. Hvis det ikke var deg, trenger du ikke å gjøre noe.
""",
    ),
    Template.RESET: (
        "Velg et nytt passord for {our_name}",
        """\
Hei,

noen har bedt om et nytt passord for kontoen din. Hvis det var deg, velg det her:

{link}

Lenken gjelder én gang, i {hours} time(r). Alle enheter blir da logget ut. Hvis det ikke var deg, trenger du ikke å
gjøre noe: passordet forblir som det er.
""",
    ),
    Template.PASSWORD_CHANGED: (
        "Passordet ditt er endret",
        """\
Hei,

passordet til kontoen din hos {our_name} er endret, og andre enheter er logget ut. Hvis det ikke var deg, be straks om
et nytt passord i appen, og skriv til oss.
""",
    ),
    Template.EMAIL_CONFIRM: (
        "Bekreft den nye adressen din for {our_name}",
        """\
Hei,

denne adressen skal bli adressen til en konto hos {our_name}. Hvis du ba om det, åpne denne siden og bekreft:

{link}

Lenken gjelder én gang, i {hours} timer. Hvis det ikke var deg, trenger du ikke å gjøre noe.
""",
    ),
    Template.EMAIL_CHANGED: (
        "Adressen til kontoen din er endret",
        """\
Hei,

kontoen hos {our_name} som hørte til denne adressen, har nå en annen. Hvis det var deg, trenger du ikke å gjøre noe.

Hvis det ikke var deg, angre her; alle enheter blir logget ut, og vi sender deg en lenke for et nytt passord:

{link}

Lenken gjelder én gang, i {days} dager.
""",
    ),
    Template.EXPORT_READY: (
        "Kopien av dataene dine er klar",
        """\
Hei,

kopien av dataene dine som du ba om, er klar. Last den ned i appen innen {hours} timer; deretter slettes den. Hvis du
ikke ba om den, bytt passord og skriv til oss.
""",
    ),
    Template.ERASURE_PLANNED: (
        "Kontoen din slettes {day}",
        """\
Hei,

som du ba om, slettes kontoen din hos {our_name} {day}. Fram til da kan du ikke starte en lading med den. Kvitteringer
blir hos oss så lenge skatteloven krever det, uten adressen og passordet ditt.

Hvis du ombestemmer deg, eller hvis det ikke var deg, behold kontoen her:

{link}
""",
    ),
    Template.ERASED: (
        "Kontoen din er slettet",
        """\
Hei,

kontoen din hos {our_name} er slettet. Dette er vårt siste brev til deg. Det skatteloven pålegger oss å beholde, ligger
under et nummer i stedet for adressen din.
""",
    ),
}
