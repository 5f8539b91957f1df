"""The Functions host: runs an ordinary Python v2 Function App folder as Azure does, on one laptop."""
