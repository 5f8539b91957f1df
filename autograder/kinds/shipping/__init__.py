"""A repository on a GitHub of its own, and the app that its workflow deploys: the world of one check run, and the story
that checks share."""
