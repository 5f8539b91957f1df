from autograder.dependencies import Graph

DIAMOND = {"group": [], "plan": ["group"], "vault": ["group"], "app": ["plan", "vault", "group"]}


def test_what_is_needed_through_another_is_left_out() -> None:
    assert Graph.of(DIAMOND).needs["app"] == ("plan", "vault")


def test_nothing_comes_before_what_it_needs() -> None:
    order = Graph.of(DIAMOND).order
    assert order[0] == "group" and order[-1] == "app"


def test_those_that_much_waits_for_come_first() -> None:
    graph = Graph.of({"a": [], "b": [], "c": ["b"], "d": ["c"]})
    assert graph.order == ["b", "a", "c", "d"]
    assert (graph.depth["d"], graph.height["b"], graph.height["a"]) == (2, 2, 0)


def test_a_cycle_loses_the_edge_that_closes_it() -> None:
    graph = Graph.of({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["d"]})
    assert graph.needs == {"a": ("b",), "b": ("c",), "c": (), "d": ()}


def test_a_long_chain_is_no_matter() -> None:
    chain = {str(number): [str(number - 1)] if number else [] for number in range(5_000)}
    assert Graph.of(chain).depth["4999"] == 4_999
