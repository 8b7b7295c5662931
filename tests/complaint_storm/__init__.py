"""A storm of complaints with planted truth: how many are solved without a person, and whether any is wrong."""
