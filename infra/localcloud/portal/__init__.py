"""The web pages of the local cloud: a chat with the learner's bot, and what its functions did."""
