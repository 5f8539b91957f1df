"""Lab 0: questions."""

from autograder.checks import NotebookCamp, check, fail
from localcloud.messages import _


@check("0.1")
async def test_it_counts_every_word(camp: NotebookCamp) -> None:
    """It counts how often each word comes"""
    first, second = camp.word(), camp.word()
    words = [first] * camp.rng.randint(2, 9) + [second] * camp.rng.randint(1, 9)
    camp.rng.shuffle(words)
    text = " ".join(words)
    camp.note(f"count_words({text!r})")
    expected = {word: words.count(word) for word in (first, second)}
    found = await camp.notebook.call("count_words", text)
    if found != expected:
        fail(seen=found, expected=expected, next=_("text.split() is the list of the words."))
