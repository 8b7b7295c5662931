"""The OCPI 2.3.0 fields that differ from 2.2.1, read generously; see ``clients/ocpi/fields.py``."""
