"""The timeline: one message followed by its trace id through every service, and drawn as lanes over time."""
