"""OCPI 2.1.1 messages as they stand on the wire, read generously; see ``clients/ocpi/fields.py``."""
