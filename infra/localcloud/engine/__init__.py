"""The report engine: a dependency that is slow, fails now and then, and is down on request."""
