"""The conformance kit: named cases that an operator plays against an eMSP, and what each expects of its answers.

Reads the specification only: the eMSP may be any. No driver is ever charged, since sessions and CDRs of the kit belong
to a token that nobody issued.
"""
