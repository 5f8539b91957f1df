"""What the resources page says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {**_types(), **_page(), **_drift(), **_resource()}


def _types() -> Mapping[str, str]:
    """What each type of resource is called, by the type in lower case."""
    return {
        "microsoft.resources/resourcegroups": _("Resource group"),
        "microsoft.storage/storageaccounts": _("Storage account"),
        "microsoft.storage/storageaccounts/queueservices/queues": _("Queue"),
        "microsoft.storage/storageaccounts/blobservices/containers": _("Blob container"),
        "microsoft.storage/storageaccounts/tableservices/tables": _("Table"),
        "microsoft.documentdb/databaseaccounts": _("Cosmos DB account"),
        "microsoft.documentdb/databaseaccounts/sqldatabases": _("Database"),
        "microsoft.documentdb/databaseaccounts/sqldatabases/containers": _("Container"),
        "microsoft.keyvault/vaults": _("Key vault"),
        "microsoft.keyvault/vaults/secrets": _("Secret"),
        "microsoft.keyvault/locations/deletedvaults": _("Deleted key vault"),
        "microsoft.managedidentity/userassignedidentities": _("Managed identity"),
        "microsoft.web/serverfarms": _("Service plan"),
        "microsoft.web/sites": _("Function app"),
        "microsoft.web/sites/slots": _("Slot of a function app"),
        "microsoft.insights/components": _("Application Insights"),
        "microsoft.operationalinsights/workspaces": _("Log Analytics workspace"),
        "microsoft.authorization/roleassignments": _("Role assignment"),
        "microsoft.authorization/locks": _("Management lock"),
    }


def _page() -> Mapping[str, str]:
    return {
        "gone": _("gone"),
        "changed": _("changed"),
        "unreadable": _("cannot be read"),
        "applied": _("as applied"),
        "notApplied": _("made by something else"),
        "groupFacts": _("Region {location} · {count}"),
        "oneResource": _("1 resource"),
        "manyResources": _("{count} resources"),
        "groupGone": _("This resource group is gone, with all that was in it."),
        "groupLock": _("Lock {name} ({level})"),
        "moreRows": _("{count} more are not shown."),
        "driftCount": _("{count} drift"),
        "tabDrift": _("Drift ({count})"),
        "noDriftYet": _("Nothing has been applied yet: there is nothing to compare with."),
        "noDrift": _("Nothing differs: all that was applied is as the last apply left it."),
        "comparedFirst": _("Only the first {compared} of {count} applied resources are compared."),
        "noChanges": _("Nothing has happened here yet."),
        "what.created": _("created"),
        "what.updated": _("updated"),
        "what.deleted": _("deleted"),
        "by.apply": _("by an apply"),
        "by.other": _("by something else"),
        "justNow": _("just now"),
        "minutesAgo": _("{minutes} min ago"),
    }


def _drift() -> Mapping[str, str]:
    return {
        "goneWhy": _(
            "The last apply made it ({when}). It is not there any more: something else than an apply deleted it, and "
            "what was in it is lost."
        ),
        "changedWhy": _("Something else than an apply has changed it since the last apply ({when})."),
        "unreadableWhy": _("It cannot be compared now: {why}"),
        "see": _("See it:"),
        "fix": _("Fix it:"),
        "seeGone": _("the plan creates it"),
        "seeChanged": _("the plan changes it back, or replaces it where it cannot be changed"),
        "fixWhy": _("it is as in your code again"),
        "inFolder": _(
            "Type the commands in the folder of main.tf, with the options of your last apply, such as "
            "-var-file=dev.tfvars.json. In the folder of the camp, also with -chdir={folder}"
        ),
        "property": _("Property"),
        "lastApply": _("Last apply"),
        "now": _("Now"),
        "hiddenValue": _("a value that is not shown"),
        "otherValue": _("another value"),
        "nothingThere": _("not there"),
    }


def _resource() -> Mapping[str, str]:
    return {
        "type": _("Type"),
        "region": _("Region"),
        "id": _("Id"),
        "tags": _("Tags"),
        "appliedAt": _("Last apply"),
        "never": _("no apply has written it"),
        "opens": _("Open the app"),
        "name": _("Name"),
        "value": _("Value"),
        "resolved": _("resolved"),
        "unresolved": _("not resolved"),
        "secretValue": _("looks like a secret, in plain: a reference to a key vault keeps it out of here"),
        "why.form": _("the reference has no form that there is: use SecretUri=… or VaultName=…;SecretName=…"),
        "why.identity": _("no identity reads it: attach one, and name it as the app's key vault reference identity"),
        "why.vault": _("there is no key vault of that name"),
        "why.role": _("the app's identity has no role that lets it read it, such as Key Vault Secrets User"),
        "why.secret": _("there is no such secret, or not in that version"),
        "why.disabled": _("the secret is disabled"),
        "role": _("Role"),
        "who": _("Who"),
        "where": _("Where"),
        "deployer": _("whoever applies"),
        "subscription": _("the subscription"),
        "level": _("Level"),
        "notes": _("Notes"),
    }
