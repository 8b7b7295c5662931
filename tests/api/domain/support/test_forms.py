"""Forms, files and mails as pure rules."""

import pytest

from api.domain.support.case import CaseKind, Channel
from api.domain.support.file_kinds import FileKindUnknown, kind_of_file, safe_name
from api.domain.support.forms import FORMS, Topic, check_form, required_fields
from api.domain.support.incoming import IncomingMail, account_number_in, case_numbers, own_words
from api.domain.support.responsibility import Responsible, responsible_for


def a_mail(subject: str, text: str = "") -> IncomingMail:
    """Return a mail."""
    return IncomingMail("a@b.example", "", subject, text, {})


@pytest.mark.capability("CN02")
def test_numbers_are_read_with_their_check_digit() -> None:
    """A slip is no number, a case's number is no account's, and quoted words are not the sender's."""
    assert case_numbers(a_mail("Re: [C12345-67894] c12345-67894 C12345-67890 XC12345-67894")) == ["C12345-67894"]
    assert account_number_in(a_mail("[C12345-67894]", "I am 00000 00999")) == "00000-00999"
    assert account_number_in(a_mail("[C12345-67894]", "none\n> 00000-00999")) is None
    assert own_words("Thanks\n\nAm Montag, 2. März schrieb Us:\n> old") == "Thanks"
    assert own_words("> only quoted") == "> only quoted"


@pytest.mark.parametrize("head", [b"<html>", b"MZ", b"<svg xmlns=", b"%!PS", b"", b"PK\x03\x04", b" %PDF-"])
def test_what_could_run_is_no_file_of_ours(head: bytes) -> None:
    """Pages, drawings with scripts, programs and archives are refused, whatever they are called."""
    with pytest.raises(FileKindUnknown):
        kind_of_file(head + bytes(40))


def test_names_are_no_paths_and_end_as_the_file_is() -> None:
    """Whatever a sender calls a file."""
    assert safe_name("../../etc/passwd", "image/png") == "passwd.png"
    assert safe_name('a"\r\nX: y.exe', "application/pdf") == "a___X_ y.pdf"
    assert safe_name("", "image/jpeg") == "file.jpg"


@pytest.mark.capability("EP09")
def test_hardware_is_the_operators_and_bills_are_ours() -> None:
    """Unless we run the charger, or nobody knows which it is."""
    assert responsible_for(Topic.CHARGER, charger_known=True, operated_by_us=False) is Responsible.OPERATOR
    assert responsible_for(Topic.CHARGER, charger_known=True, operated_by_us=True) is Responsible.US
    assert responsible_for(Topic.CHARGER, charger_known=False, operated_by_us=False) is Responsible.US
    assert responsible_for(Topic.PAYMENT, charger_known=True, operated_by_us=False) is Responsible.US


@pytest.mark.capability("CP12")
def test_forms_ask_for_nothing_that_they_do_not_have() -> None:
    """Every field that is required of any topic is one of that form, and a filled-in form passes."""
    values = {"email": "a@b.example", "phone": "+49 711 1", "account_number": "12345-67894"}
    for kind, form in FORMS.items():
        for topic in form.topics:
            needed = required_fields(form, topic, Channel.EMAIL, holds_account=True)
            assert set(needed) <= set(form.fields(topic)), (kind, topic)
            assert check_form(needed, {each: values.get(each, "x") for each in needed})
    assert "email" not in required_fields(FORMS[CaseKind.DRIVER], Topic.OTHER, Channel.PHONE, holds_account=False)
