"""Single writers: one function sets a status, one file commits, one place survives whatever breaks."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import dotted, modules, tree_of

STATUS_WRITERS = {
    ("api/services/charging/advance.py", "charge.status"): "the lifecycle's outcome, stored with its history",
    ("api/services/charging/advance.py", "charge.hold_status"): "the same machine's other half",
    ("api/services/charging/advance.py", "charge.state"): "the same machine's memory",
    ("api/services/payments/operations.py", "hold.status"): "a fold over the hold's stored events",
    ("api/services/drivers/cards_operations.py", "operation.state"): "the same for cards, which move none",
    ("api/services/payments/operations.py", "operation.state"): "plan, perform and record of a call that moves money",
    ("api/services/charging/refund_plan.py", "refund.state"): "how far a refund has come",
    ("api/services/charging/approvals.py", "request.state"): "the end of what waits for a second person",
    ("api/services/charging/disputes.py", "row.status"): "what the processor shows of a dispute",
    ("api/services/charging/payin_record.py", "payin.status"): "what the processor shows of a payment beside a hold",
    ("api/services/charging/run_payin.py", "operation.state"): "plan, perform and record of such a payment",
    ("api/services/wallet/payout.py", "payout.state"): "plan, perform and record of money paid out of a wallet",
    ("api/services/wallet/payout_record.py", "payout.status"): "what the processor shows of that money",
    (
        "api/services/roaming/remote_results.py",
        "reservation.status",
    ): "answers and results of a reservation, and its time",
    ("api/services/drivers/standing.py", "driver.status"): "where an account stands",
    ("api/services/staff/members.py", "member.status"): "where a member of staff stands",
    ("api/services/staff/changes.py", "change.state"): "the end of a change of staff that waits for a second person",
    ("api/services/roaming/pass_steps.py", "row.status"): "where a pass is on its way, by the steps of its domain",
    ("api/services/reconciliation/run.py", "run.state"): "a run that came to its end",
    ("api/services/charging/findings.py", "values.state"): "findings that are no longer so",
    ("api/services/charging/findings.py", "row.state"): "the life of a finding, by the steps of its domain",
    ("api/services/diagnosis/begin.py", "row.state"): "a diagnosis that helped",
    ("api/services/diagnosis/hand_over.py", "row.state"): "a diagnosis that a person took over",
    ("api/services/support/unlock_steps.py", "unlock.state"): "what a driver asked to have unlocked",
    ("api/services/support/advance.py", "case.state"): "the life of a case, by the steps of its domain",
    ("api/services/support/complaint_advance.py", "complaint.state"): "a complaint, by the steps of its domain",
    ("api/services/support/help_offers.py", "offer.state"): "what became of help at a price",
    ("api/services/roaming/register.py", "partner.status"): "the credentials exchange",
    ("api/services/closing/periods.py", "period.state"): "how far the close of a month is, by the steps of its domain",
}
"""Who may write which status, and out of what. Nothing else in ``api`` may."""

CATCHES_EVERYTHING = {
    "api/services/roaming/traffic.py:flush_traffic": "a process notes exchanges as long as it lives; it is logged",
    "api/services/roaming/traffic.py:take": "an object that cannot be looked through costs no other note; logged",
    "api/services/status/watch.py:_seen": "one partner's odd answer costs no other component its minute; it is logged",
    "api/services/status/keeper.py:go_on": "a process keeps the status page as long as it lives; it is logged",
    "api/services/status/keeper.py:keeping": "the same handler, seen from the function around it",
    "api/services/charging/quick_look.py:_read_all": "it is raised again to every caller that waits for the reading",
    "api/services/gathering.py:_run": "it is raised again to every caller that waits for the transaction",
    "sandbox/cpo/world.py:run": "the simulated charger's time must go on after a step that breaks; it is logged",
}
"""Functions that may catch ``Exception``, each with its reason. The job engine's runner is not our code."""

_STATUS = {"status", "hold_status", "state"}
_EVERYTHING = {"Exception", "BaseException", "builtins.Exception"}


def status_writes(tree: ast.Module) -> Iterator[str]:
    """Yield ``owner.status`` for each attribute of that name that is assigned, however it is spelled."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in _STATUS:
            yield dotted(node)
        if isinstance(node, ast.Call) and dotted(node.func) in {"setattr", "object.__setattr__"}:
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value in _STATUS:
                yield f"{dotted(node.args[0])}.{name.value}"
        if isinstance(node, ast.Call) and dotted(node.func).endswith(("values", ".update")):
            yield from (f"values.{each.arg}" for each in node.keywords if each.arg in _STATUS)


def commits(tree: ast.Module) -> list[int]:
    """Return the lines that end a transaction by hand."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return [call.lineno for call in calls if dotted(call.func).endswith(".commit")]


def catch_alls(tree: ast.Module) -> Iterator[str]:
    """Yield the names of functions that catch, or suppress, every exception."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.ExceptHandler) and _is_everything(node.type):
                yield function.name
            if (
                isinstance(node, ast.Call)
                and dotted(node.func).endswith("suppress")
                and any(map(_is_everything, node.args))
            ):
                yield function.name


def _is_everything(kind: ast.expr | None) -> bool:
    """Say whether an ``except`` of this kind catches everything."""
    if isinstance(kind, ast.Tuple):
        return any(map(_is_everything, kind.elts))
    return kind is None or dotted(kind) in _EVERYTHING


def test_a_status_has_one_writer() -> None:
    """A status is written where the table above says, and every line of the table is still true."""
    found = {(path, write) for path in modules("api") for write in status_writes(tree_of(path))}
    writers = {(path, write.removeprefix("self.")) for path, write in found}
    assert writers == set(STATUS_WRITERS)


def test_only_the_unit_of_work_commits() -> None:
    """``api/db.py`` holds the only commit, so that no half of a change is ever stored."""
    assert {path for path in modules("api", "clients") if commits(tree_of(path))} == {"api/db.py"}


def test_nothing_swallows_what_nobody_foresaw() -> None:
    """A handler for ``Exception`` hides mistakes; the few that must be are listed with their reasons."""
    found = {f"{path}:{name}" for path in modules("api", "clients", "sandbox") for name in catch_alls(tree_of(path))}
    assert found == set(CATCHES_EVERYTHING)


@pytest.mark.parametrize(
    ("line", "write"),
    [
        ("charge.status = 1", "charge.status"),
        ("a.b, charge.status = 1, 2", "charge.status"),
        ("setattr(charge, 'status', 1)", "charge.status"),
        ("update(Row).values(status=1)", "values.status"),
    ],
)
def test_a_write_is_found_in_every_spelling(line: str, write: str) -> None:
    """Assignment, unpacking, setattr and an UPDATE are all seen."""
    assert list(status_writes(ast.parse(line))) == [write]


@pytest.mark.parametrize(
    "handler",
    ["try: a()\n  except Exception: b()", "try: a()\n  except: b()", "try: a()\n  except (A, BaseException): b()"],
)
def test_a_catch_all_is_found_in_every_spelling(handler: str) -> None:
    """By name, bare and inside a tuple."""
    assert list(catch_alls(ast.parse(f"def f():\n  {handler}\n"))) == ["f"]


def test_a_narrow_handler_and_a_read_are_left_alone() -> None:
    """Reading a status, catching one error, and a method that is called commit on something else's name."""
    tree = ast.parse("def f():\n  try: a(b.status)\n  except ValueError: pass\n  git_commit(c)\n")
    assert (list(status_writes(tree)), list(catch_alls(tree)), commits(tree)) == ([], [], [])
