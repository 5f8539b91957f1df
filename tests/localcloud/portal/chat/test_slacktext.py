import pytest

from localcloud.portal.chat.slacktext import written

IDS = {"camp": "UB", "björn": "U2"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@camp hello", "<@UB> hello"),
        ("(@CAMP), @björn.", "(<@UB>), <@U2>."),
        ("a@camp.org @campfire @@camp", "a@camp.org @campfire @@camp"),
        ("1 < 2 & <@UB>", "1 &lt; 2 &amp; &lt;@UB&gt;"),
        ("`@camp` ```\n@camp```", "`@camp` ```\n@camp```"),
        ("see https://example.org/a?b=1&c=2.", "see <https://example.org/a?b=1&amp;c=2>."),
        ("<https://x.y>", "&lt;<https://x.y>&gt;"),
        ("https://x.y/@camp", "<https://x.y/@camp>"),
    ],
)
def test_typed_text_becomes_what_slack_keeps(typed: str, kept: str) -> None:
    assert written(typed, IDS) == kept
