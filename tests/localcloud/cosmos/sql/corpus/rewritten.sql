SELECT TOP 2 c._rid AS _rid, [{"item": c.a.b}] AS orderByItems, {"$1": c.id} AS payload FROM c WHERE ((c.id > "0") AND (true)) ORDER BY c.a.b DESC
