import pytest

from autograder.dependencies import NoGraph, read


def graph(*edges: tuple[str, str], nodes: tuple[str, ...] = ()) -> str:
    """What `tofu graph -type=plan` prints."""
    lines = [f'\t\t"[root] {name}" [label = "{name}", shape = "box"]' for name in nodes]
    lines += [f'\t\t"[root] {source}" -> "[root] {target}"' for source, target in edges]
    return "\n".join(["digraph {", '\tcompound = "true"', '\tsubgraph "root" {', *lines, "\t}", "}"])


def needs(text: str) -> dict[str, tuple[str, ...]]:
    return dict(read(text).needs)


def test_a_resource_needs_what_its_edge_leads_to() -> None:
    text = graph(("azurerm_storage_queue.reports (expand)", "azurerm_storage_account.camp (expand)"))
    assert needs(text) == {
        "azurerm_storage_account.camp": (),
        "azurerm_storage_queue.reports": ("azurerm_storage_account.camp",),
    }


def test_a_resource_without_an_edge_is_there() -> None:
    assert needs(graph(nodes=("random_id.one (expand)", "var.prefix"))) == {"random_id.one": ()}


def test_the_way_goes_through_locals_variables_and_modules() -> None:
    text = graph(
        ("azurerm_key_vault_secret.camp (expand)", "local.secrets (expand)"),
        ("local.secrets (expand)", "azurerm_storage_account.camp (expand)"),
        ("module.bot.azurerm_linux_function_app.bot (expand)", "module.bot.var.secret (expand)"),
        ("module.bot.var.secret (expand)", "azurerm_key_vault_secret.camp (expand)"),
        ("azurerm_storage_queue.late (expand)", "module.bot (close)"),
        ("module.bot (close)", "module.bot.azurerm_linux_function_app.bot (expand)"),
    )
    assert needs(text) == {
        "azurerm_storage_account.camp": (),
        "azurerm_key_vault_secret.camp": ("azurerm_storage_account.camp",),
        "module.bot.azurerm_linux_function_app.bot": ("azurerm_key_vault_secret.camp",),
        "azurerm_storage_queue.late": ("module.bot.azurerm_linux_function_app.bot",),
    }


def test_a_provider_is_no_way() -> None:
    provider = r"provider[\"registry.opentofu.org/hashicorp/azurerm\"]"
    text = graph(
        ("azurerm_resource_group.camp (expand)", provider),
        (f"{provider} (close)", "azurerm_resource_group.camp (expand)"),
        (provider, "azurerm_key_vault.camp (expand)"),
        ("root", f"{provider} (close)"),
    )
    assert needs(text) == {"azurerm_key_vault.camp": (), "azurerm_resource_group.camp": ()}


def test_stages_of_a_resource_are_one() -> None:
    text = graph(
        ("azurerm_resource_group.camp (destroy)", "azurerm_storage_account.camp (destroy)"),
        ("data.azurerm_client_config.me (expand)", "azurerm_resource_group.camp (expand)"),
    )
    assert set(needs(text)) == {
        "azurerm_resource_group.camp",
        "azurerm_storage_account.camp",
        "data.azurerm_client_config.me",
    }


def test_a_module_with_an_index_keeps_it() -> None:
    text = graph(nodes=(r"module.app[\"a.b\"].azurerm_storage_queue.reports (expand)",))
    assert set(needs(text)) == {'module.app["a.b"].azurerm_storage_queue.reports'}


@pytest.mark.parametrize("text", ["", "Error: no configuration", "{}"])
def test_other_texts_are_no_graph(text: str) -> None:
    with pytest.raises(NoGraph, match="The engine printed no graph"):
        read(text)
