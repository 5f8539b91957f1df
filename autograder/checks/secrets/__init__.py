"""What a secret looks like: by its form, by the name that it is given to, and where that stands in Python."""
