"""What is wrong, and the one thing to do about it: checks over all that we know, one step after the other, a person."""
