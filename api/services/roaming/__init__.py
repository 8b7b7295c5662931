"""The roaming room: partners and what they tell us (locations, tariffs, sessions, CDRs) and what we tell them.

Stores what partners say, whoever it concerns, and finds our charge behind it. Does not decide what a charge does next
(``services/charging``), does not speak HTTP (``clients/ocpi``, ``api/routes/ocpi``).
"""
