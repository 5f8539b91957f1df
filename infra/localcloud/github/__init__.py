"""The local GitHub: repositories behind git's smart HTTP protocol and a REST API, pull requests, statuses and secrets.

`forge.Forge` is the server and knows every `repository.Repository`. `git_http` speaks git, `api/` speaks REST, `events`
writes what GitHub calls a webhook payload. `runs/` turns events into workflow runs. `actions/` holds the actions as
folders that act is given: no repository here serves them.
"""
