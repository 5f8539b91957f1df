import json
import socket
from pathlib import Path

from localcloud.loopback import free_port
from localcloud.supervisor import PortBook


def test_usual_ports_are_taken_silently_and_remembered(tmp_path: Path) -> None:
    said: list[str] = []
    usual = {"functions": free_port(), "portal": free_port()}
    assert PortBook(tmp_path / "ports.json", said.append).choose(usual) == usual
    assert json.loads((tmp_path / "ports.json").read_text()) == usual
    assert said == []


def test_a_taken_port_is_replaced_by_a_free_one_which_is_kept_while_it_is_taken(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        chosen = PortBook(tmp_path / "ports.json", said.append).choose({"functions": port})["functions"]
        assert PortBook(tmp_path / "ports.json", said.append).choose({"functions": port}) == {"functions": chosen}
    assert chosen != port
    assert said == [f"Port {port} is in use by another program; functions is on {chosen} instead."]
    assert PortBook(tmp_path / "ports.json", said.append).choose({"functions": port}) == {"functions": port}


def test_two_names_never_share_a_port(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "ports.json").write_text(json.dumps({"a": port, "b": port}))
    chosen = PortBook(tmp_path / "ports.json", lambda _text: None).choose({"a": port, "b": port + 1})
    assert len(set(chosen.values())) == 2


def test_a_damaged_book_is_said_and_made_anew(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "ports.json").write_text("{half")
    port = free_port()
    assert PortBook(tmp_path / "ports.json", said.append).choose({"a": port}) == {"a": port}
    assert "damaged" in said[0]


def test_a_port_of_another_camp_is_left_alone_before_anything_listens_there(tmp_path: Path) -> None:
    port = free_port()
    first = PortBook(tmp_path / "first.json", lambda _text: None)
    assert first.choose({"jupyter": port}) == {"jupyter": port}
    said: list[str] = []
    second = PortBook(tmp_path / "second.json", said.append)
    assert second.choose({"jupyter": port})["jupyter"] != port
    assert said
    del first, second
    assert PortBook(tmp_path / "third.json", said.append).choose({"jupyter": port}) == {"jupyter": port}
