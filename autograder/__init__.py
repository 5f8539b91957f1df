"""Checks, grading and the camp command of Serverless Camp."""
