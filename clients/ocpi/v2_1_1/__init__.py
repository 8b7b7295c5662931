"""OCPI 2.1.1: its wire shapes and how they map to our model. It stands alone: no other version is imported here."""
