"""What was said: an input binding, whose {Query.channel} becomes a parameter and not a part of the SQL text."""

import json

import azure.functions as func

history = func.Blueprint()


@history.route(route="messages", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@history.cosmos_db_input(
    arg_name="found",
    connection="CosmosDbConnection",
    database_name="camp",
    container_name="messages",
    partition_key="{Query.channel}",
    sql_query="SELECT * FROM c WHERE c.channel = {Query.channel} AND c.ts < {Query.before} ORDER BY c.ts DESC",
)
def messages(req: func.HttpRequest, found: func.DocumentList) -> func.HttpResponse:
    rows = [dict(document) for document in found][: int(req.params["limit"])]
    return func.HttpResponse(json.dumps(rows), mimetype="application/json")
