"""The half that runs beside a learner's cells: the standard library, and the worker's frames. Nothing of a check is
here to be seen."""
