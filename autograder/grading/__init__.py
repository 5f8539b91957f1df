"""Grading what strangers hand in: from the bytes of a submission to a verdict, and from verdicts to the gradebook."""
