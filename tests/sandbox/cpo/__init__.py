"""Tests of the virtual CPO, over real HTTP against a small eMSP written by hand."""
