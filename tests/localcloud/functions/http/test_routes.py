"""Routes match as ASP.NET's do, in function-name order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.http.routes import HttpFunction, RouteError, RouteTable, clashes, parse_route

GUID = "6b0c1d1e-9a52-4a41-8f7e-2d6c3b1a0f9d"


@pytest.mark.covers("HTTP: route templates: {x}, {x?}, {x=7}, {*rest}")
@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("hello", "hello", {}),
        ("hello", "HELLO/", {}),
        ("hello", "hello/x", None),
        ("Orders/{Id}", "orders/7", {"Id": "7"}),
        ("orders/{id}", "orders", None),
        ("orders/{id}", "orders/", None),
        ("orders/{id?}", "orders", {}),
        ("orders/{id?}", "orders/", {}),
        ("orders/{id?}", "orders/7", {"id": "7"}),
        ("orders/{id=7}", "orders", {"id": "7"}),
        ("orders/{id=7}", "orders/8", {"id": "8"}),
        ("{a=1}/{b=2}", "", {"a": "1", "b": "2"}),
        ("{a=1}/{b=2}", "x", {"a": "x", "b": "2"}),
        ("files/{*rest}", "files", {}),
        ("files/{*rest}", "files/a/b/", {"rest": "a/b/"}),
        ("files/{**rest}", "files/a/b", {"rest": "a/b"}),
        ("/{*route}", "", {}),
        ("/{*route}", "a/b", {"route": "a/b"}),
        ("/", "", {}),
        ("{name}.{ext}", "a.b.c", {"name": "a.b", "ext": "c"}),
        ("{name}.{ext}", "a", None),
        ("{name}.{ext?}", "a", {"name": "a"}),
        ("{name}.{ext?}", "a.b", {"name": "a", "ext": "b"}),
        ("{name}.{ext?}", "a.", None),
        ("v{n:int}-{m}", "v12-x", {"n": "12", "m": "x"}),
        ("v{n:int}-{m}", "vx-x", None),
        ("a/{x}", "a/caf%C3%A9%20au%2Blait", {"x": "café au+lait"}),
        ("a/{x}", "a/b%2Fc", {"x": "b%2Fc"}),
        ("a/{x}", "a/%FF", {"x": "%FF"}),
        ("a/{{x}}", "a/{x}", {}),
        ("~/a", "a", {}),
    ],
)
def test_a_template_matches_a_path(template: str, path: str, expected: dict[str, str] | None) -> None:
    assert parse_route(template).match(path) == expected


@pytest.mark.covers("HTTP: route constraints: int, guid, length, range, regex and the others")
@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        ("int", ["1", "-2147483648", "2147483647"], ["x", "1.5", "2147483648"]),
        ("long", ["2147483648", "-1"], ["9223372036854775808", "1e3"]),
        ("bool", ["true", "FALSE"], ["1", "yes"]),
        ("decimal", ["1.5", "-3", "1,000"], ["1e3", "x", ","]),
        ("double", ["1.5", "1e3", "-2"], ["x", "1e"]),
        ("float", ["1.5", "NaN"], ["one"]),
        ("guid", [GUID, GUID.replace("-", ""), GUID.upper()], ["6b0c", "x" * 32]),
        ("datetime", ["2026-11-24", "2026-11-24T10:00:00Z", "11-24-2026"], ["soon", "2026-13-01"]),
        ("alpha", ["abC"], ["ab1", "é"]),
        ("length(3)", ["abc"], ["ab", "abcd"]),
        ("length(2,3)", ["ab", "abc"], ["a", "abcd"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab"], ["abc"]),
        ("min(5)", ["5"], ["4", "x"]),
        ("max(5)", ["5", "-9"], ["6"]),
        ("range(2, 4)", ["2", "4"], ["1", "5"]),
        ("regex(^\\d{{3}}-x$)", ["123-X"], ["12-x", "1234-x"]),
        ("required", ["a"], []),
        ("INT:min(3)", ["3"], ["2"]),
    ],
)
def test_a_constraint_lets_only_fitting_values_through(constraint: str, good: list[str], bad: list[str]) -> None:
    route = parse_route("{x:" + constraint + "}")
    assert [value for value in good if route.match(value) is None] == []
    assert [value for value in bad if route.match(value) is not None] == []


def test_constraints_hold_for_defaults_and_not_for_absent_optionals() -> None:
    assert parse_route("a/{x:int=7}").match("a") == {"x": "7"}
    assert parse_route("a/{x:int?}").match("a") == {}
    assert parse_route("a/{x:int?}").match("a/b") is None


@pytest.mark.covers("HTTP: a malformed route puts that function in error")
@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("a//b", "empty segment"),
        ("{a", "braces"),
        ("a}", "braces"),
        ("{a{b}}", "braces"),
        ("{}", "no name"),
        ("{a/b}", "no name"),
        ("{a}/{A}", "more than once"),
        ("{a}{b}", "between them"),
        ("{*a}/b", "not last"),
        ("x{*a}", "stands alone"),
        ("{a=1?}", "optional"),
        ("{*a?}", "optional"),
        ("x{a?}", "optional"),
        ("a?b", "query"),
        ("{a:integer}", "'integer' could not be resolved"),
        ("{a:int(3)}", "takes no arguments"),
        ("{a:min}", "whole numbers"),
        ("{a:range(1)}", "range(5, 5)"),
        ("{a:regex(()}", "no regular expression"),
    ],
)
def test_a_malformed_template_is_refused_with_its_reason(template: str, reason: str) -> None:
    with pytest.raises(RouteError, match="route template") as caught:
        parse_route(template)
    assert reason in str(caught.value)
    assert template in str(caught.value)


@given(st.text(max_size=40))
def test_any_path_matches_with_the_templates_parameters_or_not_at_all(path: str) -> None:
    for template in ("{a:int?}", "x/{a=1}/{*b}", "{n}.{e?}", "{d:datetime}", "{g:guid}/{m:min(3)}", "{f:double}"):
        found = parse_route(template).match(path)
        assert found is None or all(f"{{{name}" in template or f"*{name}" in template for name in found), template


@given(st.text(alphabet="{}*?:=/.ab()1", max_size=20))
def test_a_template_parses_or_is_refused(template: str) -> None:
    try:
        route = parse_route(template)
    except RouteError as error:
        assert template in str(error)
        return
    found = route.match("a/b.a")
    assert found is None or all(name in template for name in found)


def function(name: str, template: str, *methods: str) -> HttpFunction:
    return HttpFunction(name, parse_route(template), frozenset(methods) or None, "ANONYMOUS")


@pytest.mark.covers("HTTP: routes are tried in the order of function names")
def test_the_first_function_in_name_order_wins() -> None:
    table = RouteTable([function("Zed", "items/special"), function("any", "items/{id}")])
    found = table.find("get", "/api/items/special")
    assert found is not None
    assert (found[0].name, found[1]) == ("any", {"id": "special"})


@pytest.mark.covers("HTTP: a method that no function takes is 404")
def test_a_method_that_no_function_takes_is_not_found() -> None:
    table = RouteTable([function("a", "x", "GET"), function("b", "x", "POST")])
    post = table.find("POST", "/api/x")
    assert post and post[0].name == "b"
    assert table.find("DELETE", "/api/x") is None


@pytest.mark.covers("HTTP: routePrefix")
@pytest.mark.parametrize(
    ("prefix", "path", "found"),
    [
        ("api", "/API/x", True),
        ("api", "/apix", False),
        ("api", "/x", False),
        ("", "/x", True),
        ("v1/api", "/v1/api/x/", True),
        ("/api/", "/api/x", True),
    ],
)
def test_the_prefix_comes_before_every_route(prefix: str, path: str, found: bool) -> None:
    assert (RouteTable([function("f", "x")], prefix).find("GET", path) is not None) is found


def test_an_empty_route_answers_at_the_prefix() -> None:
    table = RouteTable([function("f", "/")])
    assert table.find("GET", "/api") and table.find("GET", "/api/")


@pytest.mark.covers("HTTP: the same route and method twice: the later name errs")
def test_the_same_route_and_method_clash_and_the_later_name_errs() -> None:
    functions = [
        function("B", "x/{id}", "POST", "GET"),
        function("a", "/X/{ID}/", "GET"),
        function("c", "x/{id}", "PUT"),
    ]
    assert clashes(functions) == {"B": "The route specified conflicts with the route defined by function 'a'."}


def test_no_methods_clash_with_any() -> None:
    assert list(clashes([function("a", "x", "GET"), function("b", "x")])) == ["b"]
