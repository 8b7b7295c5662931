"""The table of codes: every code of our closed lists has a line, and the version moves with the lines."""

import ast
from pathlib import Path

import pytest

from api.domain.language import LANGUAGES
from api.domain.roaming.command import AnswerKind, ResultKind
from api.domain.roaming.location import EvseStatus
from api.domain.support.meanings import VERSION, digest, every_row, meanings_of, row_of, spelled
from api.domain.support.meanings_rows import Kind
from api.services.charging.commands import _rejection

API = Path(__file__).resolve().parents[4] / "api"
DIGESTS = {1: "a856bfd8557a693a"}
"""What the lines of each version come to: who changes a line raises ``VERSION``, dates it, and adds a digest here."""
OCPP = [
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
]


def failure_codes_in_the_code() -> set[str]:
    """Return every literal that the lifecycle and the commands of a charge write as a reason of failure."""
    found: set[str] = set()
    for path in (*(API / "domain" / "charging").glob("*.py"), *(API / "services" / "charging").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[:1] if name in {"StartRejected", "StartOutcomeUnknown"} else []
            named = [each.value for each in node.keywords if each.arg == "failure_code"]
            strings = [leaf for each in (*first, *named) for leaf in ast.walk(each) if isinstance(leaf, ast.Constant)]
            found |= {leaf.value for leaf in strings if isinstance(leaf.value, str)}
    return found


@pytest.mark.capability("CN26")
def test_every_code_of_our_lists_has_a_line() -> None:
    """Answers, results, statuses, failures and the errors of chargers: a code without a line helps nobody."""
    failures = failure_codes_in_the_code() | {_rejection(each) for each in (*AnswerKind, *ResultKind)}
    assert len(failures) > 12
    wanted: list[tuple[Kind, str]] = [
        *((Kind.COMMAND_ANSWER, each) for each in AnswerKind),
        *((Kind.COMMAND_RESULT, each) for each in ResultKind),
        *((Kind.EVSE_STATUS, each) for each in EvseStatus),
        *((Kind.CHARGE_FAILURE, each) for each in sorted(failures)),
        *((Kind.CHARGER_ERROR, each) for each in OCPP),
    ]
    assert [each for each in wanted if row_of(*each) is None] == []


@pytest.mark.capability("CN26")
def test_every_line_is_whole_in_every_language() -> None:
    """Meaning and advice are sentences in five languages, none copied from another; staff have one too."""
    for row in every_row():
        for five in (row.meaning, row.driver):
            assert len(set(five)) == len(LANGUAGES), row.code
            assert all(each.endswith((".", "!")) and each[0].isupper() for each in five), row.code
        assert row.staff.endswith("."), row.code
        assert spelled(row.code) == row.code


@pytest.mark.capability("CN26")
def test_a_changed_line_changes_the_version() -> None:
    """An app that kept the table sees by its version that it is out of date."""
    assert DIGESTS[VERSION] == digest(), "raise VERSION, set CHANGED_ON and add the digest"
    assert max(DIGESTS) == VERSION


@pytest.mark.parametrize("code", ["EVSE_INOPERATIVE", "evse-inoperative", "EvseInoperative", " evse inoperative"])
def test_codes_are_found_as_people_spell_them(code: str) -> None:
    """A display, a protocol and a person write the same code differently."""
    assert [each.kind for each in meanings_of(code, "de")] == [Kind.COMMAND_RESULT]
    assert meanings_of("timeout", "en")[0].kind is Kind.CHARGE_FAILURE
    assert meanings_of("no such code", "en") == []
