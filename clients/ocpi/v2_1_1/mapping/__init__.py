"""Translation between the 2.1.1 wire shapes and our version-free model, one file a module of the specification."""
