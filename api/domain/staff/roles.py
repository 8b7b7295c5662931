"""Roles of staff and what each may do; every page and every step names one permission.

Four eyes are another rule: who asked for something never approves it, whatever their roles
(``services/charging/approvals.py``). How much one person decides alone is ``ServicePolicy.refund_approval``.
"""

from collections.abc import Collection
from enum import StrEnum

from api.domain.errors import Forbidden, Invalid


class Role(StrEnum):
    """What somebody is here for; a person may have several."""

    FINANCE_CLERK = "finance_clerk"
    FINANCE_LEAD = "finance_lead"
    SUPPORT_1 = "support_1"
    SUPPORT_2 = "support_2"
    SUPPORT_3 = "support_3"
    OPERATOR_AGENT = "operator_agent"
    """Of an operator: sees and does things on that operator's own chargers only."""
    AUDITOR = "auditor"
    """Sees all books and all that was done, and changes nothing."""
    OWNER = "owner"
    """Of somebody whose sites we run: sees those sites, their charges, cases and revenue, and sets their prices."""
    ADMIN = "admin"
    """Looks after staff and settings; decides nothing about money."""


class Permission(StrEnum):
    """What a page shows or a step does."""

    SEE_OVERVIEW = "see_overview"
    SEE_CHARGES = "see_charges"
    """Charges and holds with their timelines, and whose they are."""
    SEE_BOOKS = "see_books"
    """Journal, payouts, settlements, wallets, closing."""
    SEE_FINDINGS = "see_findings"
    WORK_ON_FINDINGS = "work_on_findings"
    """Acknowledge, assign, snooze, comment, resolve."""
    MOVE_MONEY = "move_money"
    """Ask for captures, releases, refunds, write-offs; above a limit a second person approves."""
    APPROVE = "approve"
    RUN_RECONCILIATION = "run_reconciliation"
    CLOSE_BOOKS = "close_books"
    SIGN_OFF = "sign_off"
    """Sign a month that somebody else prepared, and lock it."""
    EXPORT = "export"
    SEE_CASES = "see_cases"
    """Cases of customers with their technical story, and the reports about them."""
    WORK_ON_CASES = "work_on_cases"
    """Take, answer, escalate and solve cases; how far is a matter of the level (``domain/support``)."""
    DECIDE_DISPUTES = "decide_disputes"
    """Grant or refuse what a driver disputes; above a limit a second person approves."""
    APPROVE_UNLOCK = "approve_unlock"
    """Have a connector unlocked that a driver asked about."""
    WRITE_ARTICLES = "write_articles"
    KEEP_DIRECTORY = "keep_directory"
    TELL_STATUS = "tell_status"
    """Incidents and maintenance on the public status page."""
    SEE_OWN_SITES = "see_own_sites"
    """Chargers, charges and cases of one's own operator or owner, and of nobody else."""
    ACT_ON_OWN_SITES = "act_on_own_sites"
    """Of an operator's agent: unlock, and refund within a limit, on one's own chargers."""
    SET_OWN_PRICES = "set_own_prices"
    SEE_AUDIT = "see_audit"
    SEE_STAFF = "see_staff"
    MANAGE_STAFF = "manage_staff"
    CONFIRM_STAFF = "confirm_staff"
    """Agree to what somebody else asked for of staff."""


_READS = frozenset(
    {
        Permission.SEE_OVERVIEW,
        Permission.SEE_CHARGES,
        Permission.SEE_BOOKS,
        Permission.SEE_FINDINGS,
        Permission.EXPORT,
    }
)
_CLERK = _READS | {Permission.WORK_ON_FINDINGS, Permission.MOVE_MONEY, Permission.RUN_RECONCILIATION}
_SUPPORT = frozenset(
    {Permission.SEE_CHARGES, Permission.SEE_CASES, Permission.WORK_ON_CASES, Permission.APPROVE_UNLOCK}
)
_SUPPORT_2 = _SUPPORT | {
    Permission.SEE_FINDINGS,
    Permission.DECIDE_DISPUTES,
    Permission.WRITE_ARTICLES,
    Permission.KEEP_DIRECTORY,
    Permission.TELL_STATUS,
}
ALLOWS: dict[Role, frozenset[Permission]] = {
    Role.FINANCE_CLERK: _CLERK | {Permission.CLOSE_BOOKS, Permission.SEE_CASES},
    Role.FINANCE_LEAD: _CLERK
    | {
        Permission.CLOSE_BOOKS,
        Permission.SIGN_OFF,
        Permission.APPROVE,
        Permission.SEE_AUDIT,
        Permission.SEE_STAFF,
        Permission.SEE_CASES,
        Permission.DECIDE_DISPUTES,
        Permission.CONFIRM_STAFF,
    },
    Role.SUPPORT_1: _SUPPORT,
    Role.SUPPORT_2: _SUPPORT_2,
    Role.SUPPORT_3: _SUPPORT_2 | {Permission.MOVE_MONEY},
    Role.OPERATOR_AGENT: frozenset({Permission.SEE_OWN_SITES, Permission.ACT_ON_OWN_SITES}),
    Role.OWNER: frozenset({Permission.SEE_OWN_SITES, Permission.SET_OWN_PRICES}),
    Role.AUDITOR: _READS | {Permission.SEE_AUDIT, Permission.SEE_STAFF, Permission.SEE_CASES},
    Role.ADMIN: frozenset(
        {Permission.SEE_STAFF, Permission.MANAGE_STAFF, Permission.CONFIRM_STAFF, Permission.SEE_AUDIT}
    ),
}
_WEIGHTY = frozenset(
    {
        Permission.MOVE_MONEY,
        Permission.APPROVE,
        Permission.CLOSE_BOOKS,
        Permission.SIGN_OFF,
        Permission.DECIDE_DISPUTES,
        Permission.ACT_ON_OWN_SITES,
        Permission.SET_OWN_PRICES,
        Permission.MANAGE_STAFF,
        Permission.CONFIRM_STAFF,
    }
)
"""What moves or approves money, makes prices, or says who may: nobody gives it to somebody alone."""


def roles_with(permission: Permission) -> frozenset[str]:
    """Return the roles that a permission is among."""
    return frozenset(str(role) for role, allowed in ALLOWS.items() if permission in allowed)


class NotPermitted(Forbidden):
    """None of somebody's roles allows this. Fact: ``permission``."""


class UnknownRole(Invalid):
    """No role has this name. Fact: ``role``."""


def role_named(name: str) -> Role:
    """Return the role of a name; raises UnknownRole."""
    try:
        return Role(name.strip().lower())
    except ValueError:
        raise UnknownRole("unknown_role", role=name) from None


def permissions_of(roles: Collection[str]) -> frozenset[Permission]:
    """Return all that these roles allow together; a word that is no role of ours allows nothing."""
    known = [ALLOWS[Role(role)] for role in roles if role in set(Role)]
    return frozenset().union(*known)


def gains_weight(before: Collection[str], after: Collection[str]) -> bool:
    """Say whether roles allow something that weighs and that the ones before did not."""
    return not _WEIGHTY & permissions_of(after) <= permissions_of(before)
