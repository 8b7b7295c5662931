"""Roles: who may do what."""

import pytest

from api.domain.staff.roles import ALLOWS, Permission, Role, UnknownRole, permissions_of, role_named

CHANGES = {
    Permission.WORK_ON_FINDINGS,
    Permission.MOVE_MONEY,
    Permission.APPROVE,
    Permission.RUN_RECONCILIATION,
    Permission.CLOSE_BOOKS,
    Permission.SIGN_OFF,
    Permission.MANAGE_STAFF,
}


def test_an_auditor_changes_nothing() -> None:
    """Whoever looks over our shoulders reads all books and touches none."""
    assert not ALLOWS[Role.AUDITOR] & CHANGES
    assert {Permission.SEE_BOOKS, Permission.SEE_AUDIT} <= ALLOWS[Role.AUDITOR]


def test_who_looks_after_staff_moves_no_money() -> None:
    """An administrator gives roles and decides nothing about money: that takes a second account that others see."""
    assert ALLOWS[Role.ADMIN] & CHANGES == {Permission.MANAGE_STAFF}


def test_only_leads_approve_and_sign_off() -> None:
    """A clerk asks; somebody else says yes."""
    for permission in (Permission.APPROVE, Permission.SIGN_OFF):
        assert {role for role in Role if permission in ALLOWS[role]} == {Role.FINANCE_LEAD}


def test_roles_add_up_and_unknown_words_allow_nothing() -> None:
    """A word that is no role of ours, as after a downgrade, is passed over."""
    both = permissions_of(["finance_clerk", "admin", "astronaut"])
    assert both == ALLOWS[Role.FINANCE_CLERK] | ALLOWS[Role.ADMIN]
    assert permissions_of(["astronaut"]) == frozenset()


def test_a_role_is_found_by_its_name() -> None:
    """Case and space around it do not matter; another name is refused."""
    assert role_named(" Finance_Lead ") is Role.FINANCE_LEAD
    with pytest.raises(UnknownRole):
        role_named("boss")
