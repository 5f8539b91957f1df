"""The part of GitHub's REST API that workflow steps and scripts reach for, below `/api/v3`."""

from .routes import rest_routes

__all__ = ["rest_routes"]
