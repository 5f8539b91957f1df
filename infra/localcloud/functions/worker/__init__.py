"""The worker half of the Functions host: a process of its own that holds the learner's app.

It runs with the interpreter of the workers' environment; it needs the standard library and `azure.functions` alone.
"""
