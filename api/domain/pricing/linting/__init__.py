"""What ``lint`` looks for, a module each: fields, taxes, limits, reservations, and who wins where.

Does not live here: the entry (``domain/pricing/lint``) and what a tariff costs (``price``).
"""
