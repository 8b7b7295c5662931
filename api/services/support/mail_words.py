"""The words of mails about cases in five languages: those of the notice, what somebody wrote, and how to go on.

What a customer wrote never goes back into a mail that nobody of ours sent: whoever types somebody else's address into
the form would send strangers their own words in our name.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from api.domain.language import language_of
from api.domain.notices.texts import text_of


class Template(StrEnum):
    """Which mail: what became of a case, named as its notice is, or a mail with words of its own."""

    OPENED = "case_opened"
    ANSWERED = "case_answered"
    ASKED = "case_asked"
    LEVEL = "case_level"
    EXPECTED = "case_expected"
    HANDED_OVER = "case_handed_over"
    RESOLVED = "case_resolved"
    CLOSED = "case_closed"
    REOPENED = "case_reopened"
    NEWS = "case_news"
    ACCOUNT_NUMBER = "account_number"
    """Asks who holds an account for its number (EP11)."""
    OPERATOR = "operator"
    """To the operator of a charger."""


_FOLLOW: Final = {
    "en": "Follow your case: {link}",
    "de": "Ihren Fall verfolgen: {link}",
    "fr": "Suivre votre demande : {link}",
    "nb": "Følg saken din: {link}",
    "sv": "Följ ditt ärende: {link}",
}
_ANSWER: Final = {
    "en": "You can answer this mail; leave the number in its subject.",
    "de": "Sie können auf diese Mail antworten; lassen Sie die Nummer im Betreff stehen.",
    "fr": "Vous pouvez répondre à ce message ; laissez le numéro dans l'objet.",
    "nb": "Du kan svare på denne e-posten; la nummeret stå i emnet.",
    "sv": "Du kan svara på det här mejlet; låt numret stå kvar i ämnet.",
}
_NOT_YOU: Final = {
    "en": "If you did not write to us, do nothing.",
    "de": "Wenn Sie uns nicht geschrieben haben, ist nichts zu tun.",
    "fr": "Si vous ne nous avez pas écrit, ignorez ce message.",
    "nb": "Hvis du ikke har skrevet til oss, trenger du ikke gjøre noe.",
    "sv": "Om du inte har skrivit till oss behöver du inte göra något.",
}
_ACCOUNT_NUMBER: Final = {
    "en": (
        "Your account number, please",
        "Case {number}: to look at your account we need its number. You find it in the app, in your profile.",
    ),
    "de": (
        "Ihre Kontonummer, bitte",
        "Fall {number}: Um Ihr Konto anzusehen, brauchen wir dessen Nummer. Sie steht in der App in Ihrem Profil.",
    ),
    "fr": (
        "Votre numéro de compte, s'il vous plaît",
        "Demande {number} : pour consulter votre compte, il nous faut son numéro. Il figure dans votre profil.",
    ),
    "nb": (
        "Kontonummeret ditt, takk",
        "Sak {number}: For å se på kontoen din trenger vi nummeret. Du finner det i profilen din i appen.",
    ),
    "sv": (
        "Ditt kontonummer, tack",
        "Ärende {number}: För att titta på ditt konto behöver vi dess nummer. Du hittar det i din profil i appen.",
    ),
}
_OPERATOR: Final = "A driver reports a problem at your charger"
_OPERATOR_TEXT: Final = (
    "A driver of {our_name} reports a problem at one of your chargers. Our case has the number {number}.\n\n{told}\n\n"
    "Please answer this mail and leave the number in its subject."
)


def mail_words(template: Template, language: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and text of a mail. Facts: ``number``, ``link``, ``our_name``, ``may_answer``, what is told."""
    spoken = language_of(language)
    foot = f"-- \n{facts['our_name']}\n"
    if template is Template.OPERATOR:
        told = "\n".join(f"{name}: {value}" for name, value in facts["told"].items())
        return _OPERATOR, f"{_OPERATOR_TEXT.format(**{**facts, 'told': told})}\n\n{foot}"
    if template is Template.ACCOUNT_NUMBER:
        subject, text = _ACCOUNT_NUMBER[spoken]
        parts = [text.format(**facts)]
    else:
        words = text_of(template, {**facts, "case_number": facts["number"]}, spoken, str(facts.get("time_zone", "UTC")))
        subject, parts = words.title, [words.text]
    if said := facts.get("said"):
        parts.append(str(said))
    if facts["link"]:
        parts.append(_FOLLOW[spoken].format(link=facts["link"]))
    if facts["may_answer"]:
        parts.append(_ANSWER[spoken])
    if template is Template.OPENED:
        parts.append(_NOT_YOU[spoken])
    return subject, "\n\n".join([*parts, foot])
