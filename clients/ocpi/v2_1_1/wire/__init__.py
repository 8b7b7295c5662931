"""OCPI 2.1.1 messages as they stand on the wire: the only place with UPPER_CASE values and the specification's names.

What partners send is read generously, what we send is checked strictly; see ``clients/ocpi/fields.py``.
"""
