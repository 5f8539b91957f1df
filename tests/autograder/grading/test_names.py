import pytest

from autograder.grading.names import who

LAB = "1-slack-bot"


@pytest.mark.parametrize(
    ("name", "student", "lms"),
    [
        ("alice.zip", "alice", None),
        ("alice_1-slack-bot-20261124-101500.tar.gz", "alice", None),
        ("Aiko Sato_4711_assignsubmission_file_", "Aiko Sato 4711", "moodle:4711"),
        ("Aiko Sato_4711_assignsubmission_file", "Aiko Sato 4711", "moodle:4711"),
        ("Zoë 学_12_assignsubmission_file_1-slack-bot.zip", "Zoë 学 12", "moodle:12"),
        ("d_artagnan_9_assignsubmission_onlinetext_", "d_artagnan 9", "moodle:9"),
        ("satoaiko_38272_9182734_1-slack-bot.zip", "satoaiko 38272", "canvas:38272"),
        ("satoaiko_LATE_38272_9182734_1-slack-bot-20261124-101500.zip", "satoaiko 38272", "canvas:38272"),
        ("group_2.zip", "group_2", None),
    ],
)
def test_names_of_ours_of_moodle_and_of_canvas(name: str, student: str, lms: str | None) -> None:
    found = who(name, LAB)
    assert (found.student, found.lms) == (student, lms)


def test_two_of_one_name_are_told_apart() -> None:
    names = ["Aiko Sato_1_assignsubmission_file_", "Aiko Sato_2_assignsubmission_file_"]
    assert len({who(name, LAB).student for name in names}) == 2
