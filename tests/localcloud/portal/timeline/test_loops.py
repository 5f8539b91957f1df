from typing import TYPE_CHECKING

from localcloud.portal.timeline.loops import MOST_ROUNDS
from localcloud.portal.timeline.model import KNOWN

if TYPE_CHECKING:
    from conftest import Journal


def round_of(journal: "Journal", number: int, trace: str, about: str | None) -> None:
    """An event, its invocation, and the post that it made, whose delivery begins another trace."""
    start = number * 0.1
    heard = {} if about is None else {"about": about, "event": "message"}
    journal.ran(f"r{number}", start + 0.01, start + 0.05, trace=trace, parent=f"span d{number}")
    journal.posted(f"{number}.5", start + 0.03, trace=None).called(start + 0.03, ts=f"{number}.5")
    journal.delivered(f"d{number}", start, start + 0.06, trace=trace, **heard)


def looping(journal: "Journal", rounds: int) -> "Journal":
    """A mention that is answered, and answers that are answered again."""
    journal.said()
    round_of(journal, 0, "a" * 32, None)
    for number in range(1, rounds + 1):
        round_of(journal, number, f"{number:032x}", f"{number - 1}.5")
    return journal


def test_a_loop_is_one_story(journal: "Journal") -> None:
    timeline = looping(journal, 3).told()
    assert [bar.kind for bar in timeline.bars].count("post") == 4
    assert [bar.kind for bar in timeline.bars].count("invocation") == 4
    assert timeline.notes[0] == "A loop: the app answered its own posts. Rounds that are shown: 3."
    deliveries = [bar.label for bar in timeline.bars if bar.kind == "delivery"]
    assert deliveries[1:] == ["message, the app's own post → 200"] * 3
    posts = {bar.id for bar in timeline.bars if bar.kind == "post"}
    assert {link.target for link in timeline.links if link.source in posts and link.how == KNOWN} == {
        f"delivery:d{number}" for number in (1, 2, 3)
    }


def test_a_post_that_the_app_hears_and_leaves_alone_is_no_loop(journal: "Journal") -> None:
    looping(journal, 0).ran("heard", 0.11, 0.12, trace="1" * 32)
    journal.delivered("d1", 0.1, 0.13, trace="1" * 32, about="0.5", event="message")
    timeline = journal.told()
    assert [bar.label for bar in timeline.bars if bar.kind == "invocation"] == ["events"]
    assert not [note for note in timeline.notes if "loop" in note]


def test_an_endless_loop_is_bounded(journal: "Journal") -> None:
    timeline = looping(journal, 3 * MOST_ROUNDS).told()
    assert timeline.notes[0].endswith(f"Rounds that are shown: {MOST_ROUNDS}.")
