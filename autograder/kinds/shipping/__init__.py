"""A repository on a GitHub of its own, and the app that its workflow deploys: the world of one check run, and the story
that checks share."""

# The steps of the story, in chapters.
HEAD = "head"  # what was handed in
NEW_WORD = "new word"  # while people talk to the bot
OPENED, REPAIRED, MERGED = "opened", "repaired", "merged"  # a pull request with a failing test
ALIKE = "alike"  # meanwhile, a push to a branch whose name ends with main's
BAD, GOOD = "bad", "good"  # a failing test on main; the test goes, with another word
FORTH, BACK = "forth", "back"  # another word, and git revert of it
CHAPTERS = ((HEAD,), (NEW_WORD,), (OPENED, REPAIRED, ALIKE, MERGED), (BAD, GOOD), (FORTH, BACK))
