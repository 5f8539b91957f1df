"""The cloud on one laptop: storage, Functions host, Slack workspace and portal."""
