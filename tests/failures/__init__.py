"""The failure modes of money, each provoked at the processor's stand-in or by a partner's JSON; one number, one test."""
