"""The half that runs where the engine does: with the standard library of the workers' interpreter alone."""
