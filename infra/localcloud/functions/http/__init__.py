"""The host over HTTP: its front, routes, access keys and admin endpoints."""
