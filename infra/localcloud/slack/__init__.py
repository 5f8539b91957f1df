"""A Slack workspace on one laptop: channels, people, bots, and the delivery of events as Slack does it."""
