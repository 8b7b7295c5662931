"""Translation between the 2.3.0 wire shapes and our version-free model, one file a module of the specification."""
