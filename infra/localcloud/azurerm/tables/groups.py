"""`azurerm_resource_group`."""

from localcloud.resources import names

from ..problems import Failed, Problem
from ..resource import Resource, Session, location, new_name
from ..schema import Block, text, text_map
from ..values import Values


class ResourceGroup(Resource):
    name = "azurerm_resource_group"
    title = "Resource Group"
    rule = names.GROUP
    id = "/subscriptions/{subscription}/resourceGroups/{name}"
    schema = Block(
        {
            "name": new_name(),
            "location": location(),
            "managed_by": text(at="managedBy"),
            "tags": text_map(at="tags"),
        }
    )

    def id_of(self, session: Session, values: Values) -> str:
        return session.group(values["name"])

    def from_id(self, id: str) -> Values:
        found = super().from_id(id)
        return {"name": found["name"]}

    def delete(self, session: Session, prior: Values) -> None:
        if session.feature("resource_group", "prevent_deletion_if_contains_resources", True):
            left = (session.client.get(prior["id"] + "/resources") or {"value": []})["value"]
            if left:
                names = "\n".join(f"* {one['id']}" for one in left)
                raise Failed(
                    Problem(
                        f'deleting Resource Group "{prior["name"]}": the Resource Group still contains Resources.',
                        "Terraform is configured to check for Resources within the Resource Group when deleting it. "
                        f"It contains:\n{names}\nThe feature block resource_group with "
                        "prevent_deletion_if_contains_resources = false lifts this.",
                    )
                )
        super().delete(session, prior)


TABLES = (ResourceGroup(),)
