"""The kind `migration`: the app in `migrate/` finds what lies beside that folder."""

from autograder.kinds import kind


def test_the_apps_files_are_laid_beside_the_others(tmp_path):
    (tmp_path / "migrate").mkdir()
    (tmp_path / "migrate" / "function_app.py").write_text("app")
    (tmp_path / "migrate" / "requirements.txt").write_text("azure-functions")
    (tmp_path / "requirements.txt").write_text("boto3")
    (tmp_path / "partitioning.py").write_text("key")
    kind("migration").lay_out(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["function_app.py", "partitioning.py", "requirements.txt"]
    assert (tmp_path / "requirements.txt").read_text() == "azure-functions"


def test_a_hand_in_without_the_folder_stays_as_it_is(tmp_path):
    (tmp_path / "partitioning.py").write_text("key")
    kind("migration").lay_out(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["partitioning.py"]
