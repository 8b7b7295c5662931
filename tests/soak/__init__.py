"""The whole system in Hypothesis' hands: every order of events that people, partners, processor and crashes can make.

One machine (``machine.py``) made of rules (``rules_*.py``) over one town (``town.py``): the real services and faces, a
real database, the real Stripe SDK over loopback, a scripted partner. What must hold is in ``invariants.py``.
"""
