from typing import Any

import pytest

from localcloud.functions.bindings.cosmos_names import CosmosTarget, connection_string, is_v3, target_of
from localcloud.functions.loading.settings import SettingsError

TEXT = "AccountEndpoint=http://127.0.0.1:8081/;AccountKey=a2V5;"


@pytest.mark.parametrize(
    "binding",
    [
        {"connection": "C", "databaseName": "d", "containerName": "c"},
        {"connectionStringSetting": "C", "databaseName": "d", "collectionName": "c"},
    ],
)
def test_names_of_both_extensions_are_known(binding: dict[str, Any]) -> None:
    assert target_of(binding) == CosmosTarget("C", "d", "c")
    assert is_v3(binding) == ("collectionName" in binding)


def test_the_default_connection_is_called_cosmosdb() -> None:
    assert target_of({"databaseName": "d", "containerName": "c", "connection": ""}).connection == "CosmosDB"


def test_a_missing_name_is_told_with_its_option() -> None:
    with pytest.raises(SettingsError, match="Set container_name in the binding 'out'"):
        target_of({"name": "out", "databaseName": "d"})


@pytest.mark.parametrize("name", ["C", "AzureWebJobsC", "ConnectionStrings:C", "CUSTOMCONNSTR_C", "DOCDBCONNSTR_C"])
def test_a_connection_is_looked_up_as_the_host_does(name: str) -> None:
    assert connection_string("C", {name: TEXT}) == TEXT


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "Cosmos DB connection configuration 'C' does not exist"),
        ({"C__accountEndpoint": "https://a.documents.azure.com"}, "C__accountEndpoint is an identity-based connection"),
        ({"C": "https://a.documents.azure.com"}, "C is not a Cosmos DB connection string"),
        ({"C": "AccountEndpoint=https://a;AccountKey=#;"}, "C is not a Cosmos DB connection string"),
        ({"C": "AccountEndpoint=https://a;AccountKey=;"}, "C is not a Cosmos DB connection string"),
    ],
)
def test_a_connection_that_cannot_be_used_says_why(settings: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        connection_string("C", settings)
