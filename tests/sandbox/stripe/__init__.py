"""The stand-in is held to the recorded facts about Stripe, through the real SDK over real HTTP."""
