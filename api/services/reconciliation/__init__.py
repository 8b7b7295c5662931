"""Reconciling: our holds and books against the processor's objects and the partners' bills, rule by rule."""
