"""What the kind `infrastructure` is made of: the engine and where it runs, a copy of the hand-in, what is refused in
it, and the story that all checks share."""
