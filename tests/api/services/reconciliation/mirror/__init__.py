"""Tests of the copy of the processor's objects: over the real client and the stand-in, and over the fakes."""
