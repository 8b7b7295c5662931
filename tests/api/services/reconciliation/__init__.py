"""Tests of reconciliation: the copy of the processor's objects, the rules, findings."""
