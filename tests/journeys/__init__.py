"""Stories of whole charges, told over real HTTP against the real processes of the sandbox."""
