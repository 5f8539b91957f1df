"""The half of the sandbox that runs in it: with the interpreter of the workers' environment, the standard library and
the worker's own modules. Nothing of the grader's is here to be seen."""
