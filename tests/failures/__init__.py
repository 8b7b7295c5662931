"""The failure modes of money, each provoked at the processor or by a partner's JSON; every number has its test."""
