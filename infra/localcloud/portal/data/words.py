"""What the Data Explorer's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {**_of_containers(), **_of_documents(), **_of_queries(), **_of_scale()}


def _of_containers() -> Mapping[str, str]:
    return {
        "cancel": _("Cancel"),
        "close": _("Close"),
        "save": _("Save"),
        "create": _("Create"),
        "delete": _("Delete"),
        "newContainer": _("New container"),
        "newDatabase": _("Database (made if it is missing)"),
        "newName": _("Container"),
        "newKey": _("Partition key (up to three paths, with commas)"),
        "newThroughput": _("Throughput"),
        "newManual": _("manual"),
        "newAutoscale": _("autoscale, at most"),
        "newOffer": _("Request units per second"),
        "newPartitions": _("Physical partitions (emulator only; empty: as many as the throughput needs)"),
        "keyForGood": _("The key decides which documents lie together. It cannot be changed later."),
        "created": _("{name} is created."),
        "deleted": _("{name} is deleted."),
        "facts": _("Partition key: {keys}"),
        "factsTtl": _("Partition key: {keys}. Documents expire after {ttl} s."),
        "noContainers": _("no container"),
        "deleteDatabase": _("Delete"),
        "deleteDatabaseThis": _("Delete database {name}"),
        "sureContainer": _("Delete the container {name}?"),
        "sureDatabase": _("Delete the database {name} with all its containers?"),
        "lost": _("All its documents are lost."),
    }


def _of_documents() -> Mapping[str, str]:
    return {
        "system": _("System properties (Cosmos DB sets them)"),
        "id": _("id"),
        "changed": _("Changed"),
        "actions": _("Actions"),
        "openThis": _("Open {name}"),
        "deleteThis": _("Delete {name}"),
        "sureDocument": _("Delete the document {name}?"),
        "newDocument": _("New document"),
        "editDocument": _("Document {name}"),
        "documentHint": _(
            "Id and partition key cannot be changed. Saving succeeds only if nobody changed the document meanwhile."
        ),
        "newHint": _("Without an id, the SDK makes one."),
        "conflict": _(
            "Somebody changed this document after you opened it, so it was not saved. Nothing is lost: your text is "
            "still here. Look at what is stored now, beside it."
        ),
        "loadStored": _("Show what is stored now"),
        "storedNow": _("Stored now"),
        "saveOver": _("Save mine over it"),
        "saved": _("Saved, {charge} RU."),
        "charge": _("{charge} RU"),
        "listed": _("{count} shown, {charge} RU"),
        "none": _("(none)"),
        "gone": _("The document was deleted meanwhile."),
    }


def _of_queries() -> Mapping[str, str]:
    return {
        "rows": _("{count} rows so far, {charge} RU for this page"),
        "allRows": _("{count} rows, {charge} RU for this page"),
        "refusedInQuery": _("requests that were refused with 429 and repeated: {count}"),
        "direct": _("The gateway answered directly, page by page."),
        "planned": _(
            "The gateway could not answer alone: the SDK fetched a query plan, asked the physical partitions and "
            "merged their rows."
        ),
        "cut": _("{count} more rows of this page are not shown: they are too large."),
        "place": _("Line {line}, column {column}"),
        "retrievedDocumentCount": _("Documents loaded"),
        "retrievedDocumentSize": _("Bytes loaded"),
        "outputDocumentCount": _("Rows given"),
        "totalExecutionTimeInMs": _("Time in the service, ms"),
        "UtilizedSingleIndexes": _("Indexes used"),
        "UtilizedCompositeIndexes": _("Composite indexes used"),
        "PotentialSingleIndexes": _("Indexes that would help"),
        "PotentialCompositeIndexes": _("Composite indexes that would help"),
        "noMetrics": _("no metrics"),
        "running": _("Running …"),
    }


def _of_scale() -> Mapping[str, str]:
    return {
        "manual": _("{ru} RU/s, manual"),
        "autoscale": _("Autoscale up to {ru} RU/s"),
        "shared": _("{offer}, shared with the database's other containers"),
        "noOffer": _("No throughput of its own (a serverless account, or an emulator without it)."),
        "overPartitions": _("{offer}, over {count} physical partitions: {each} RU/s each"),
        "onePartition": _("{offer}, one physical partition"),
        "scaled": _("Saved."),
        "noRequests": _("Only the camp's own emulator lists the requests. On Azure, look at the diagnostic logs."),
        "several": _("all"),
    }
