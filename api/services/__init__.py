"""Use cases: a room per concept, a file per action, ``queries.py`` for reads.

A use case is a keyword-only function. One that touches only the database takes ``db`` and leaves the commit to its
caller; one that also calls the outside takes ``work`` and opens a unit of work for each of its steps, so that no
network call happens inside a transaction. Time comes in as ``now``.
"""
