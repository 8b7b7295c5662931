"""Swedish."""

from typing import Final

from api.services.notices.letter_texts.templates import Template

SV_FOOT: Final = """\
--
{our_name}
Frågor? {contact}
"""
SV: Final[dict[Template, tuple[str, str]]] = {
    Template.ACTIVATE: (
        "Bekräfta din adress för {our_name}",
        """\
Hej,

någon har skapat ett konto hos {our_name} med den här adressen. Om det var du, öppna den här sidan och bekräfta:

{link}

Eller skriv in den här koden i appen: {code}

Båda gäller en gång, i {hours} timmar. Om det inte var du behöver du inte göra något: utan bekräftelse blir det inget
konto.
""",
    ),
    Template.ACCOUNT_EXISTS: (
        "Du har redan ett konto hos {our_name}",
        """\
Hej,

någon ville använda den här adressen för ett konto hos {our_name}, men den har redan ett. Om det var du, logga in som
vanligt; har du glömt lösenordet, be om ett nytt i appen. Om det inte var du behöver du inte göra något.
""",
    ),
    Template.RESET: (
        "Välj ett nytt lösenord för {our_name}",
        """\
Hej,

någon har bett om ett nytt lösenord för ditt konto. Om det var du, välj det här:

{link}

Länken gäller en gång, i {hours} timme/timmar. Alla enheter loggas då ut. Om det inte var du behöver du inte göra
något: lösenordet förblir som det är.
""",
    ),
    Template.PASSWORD_CHANGED: (
        "Ditt lösenord har ändrats",
        """\
Hej,

lösenordet till ditt konto hos {our_name} har ändrats, och andra enheter har loggats ut. Om det inte var du, be genast
om ett nytt lösenord i appen och skriv till oss.
""",
    ),
    Template.EMAIL_CONFIRM: (
        "Bekräfta din nya adress för {our_name}",
        """\
Hej,

den här adressen ska bli adressen till ett konto hos {our_name}. Om du har bett om det, öppna den här sidan och
bekräfta:

{link}

Länken gäller en gång, i {hours} timmar. Om det inte var du behöver du inte göra något.
""",
    ),
    Template.EMAIL_CHANGED: (
        "Adressen till ditt konto har ändrats",
        """\
Hej,

kontot hos {our_name} som hörde till den här adressen har nu en annan. Om det var du behöver du inte göra något.

Om det inte var du, ångra här; alla enheter loggas ut, och vi skickar dig en länk för ett nytt lösenord:

{link}

Länken gäller en gång, i {days} dagar.
""",
    ),
    Template.EXPORT_READY: (
        "Kopian av dina uppgifter är klar",
        """\
Hej,

kopian av dina uppgifter som du bad om är klar. Ladda ner den i appen inom {hours} timmar; därefter raderas den. Om du
inte har bett om den, byt lösenord och skriv till oss.
""",
    ),
    Template.ERASURE_PLANNED: (
        "Ditt konto raderas den {day}",
        """\
Hej,

som du bad om raderas ditt konto hos {our_name} den {day}. Fram till dess kan du inte starta en laddning med det.
Kvitton finns kvar hos oss så länge skattelagen kräver det, utan din adress och ditt lösenord.

Om du ångrar dig, eller om det inte var du, behåll kontot här:

{link}
""",
    ),
    Template.ERASED: (
        "Ditt konto har raderats",
        """\
Hej,

ditt konto hos {our_name} har raderats. Det här är vårt sista brev till dig. Det som skattelagen kräver att vi behåller
finns under ett nummer i stället för din adress.
""",
    ),
}
