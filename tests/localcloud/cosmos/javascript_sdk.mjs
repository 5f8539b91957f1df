// What @azure/cosmos does with an account: each step is one thing that an application does, and prints one line of JSON.
// node javascript_sdk.mjs URL KEY, in the folder of the extra "cosmos-js"
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const { CosmosClient, BulkOperationType, PatchOperationType, PermissionMode, StatusCodes, ChangeFeedStartFrom,
    PartitionKeyKind, PartitionKeyDefinitionVersion } = createRequire(path.resolve("package.json"))("@azure/cosmos");
const [endpoint, key] = process.argv.slice(2);
const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableBackgroundEndpointRefreshing: false } });
const NUMBERS = [...Array(60).keys()];
const ITEMS = NUMBERS.map((n) => ({ id: `${n}`, pk: `k${n % 7}`, n: n % 10, big: n, tags: [n % 2 ? "odd" : "even"] }));
let database, container;

async function step(name, act) {
    try {
        await act();
        console.log(JSON.stringify({ step: name }));
    } catch (error) {
        console.log(JSON.stringify({ step: name, error: `${error.code ?? ""} ${error.stack ?? error.message}`.slice(0, 800) }));
    }
}
async function all(query, options) {
    return (await container.items.query(query, options).fetchAll()).resources;
}
async function refused(code, act) {
    await assert.rejects(act, (error) => {
        assert.equal(error.code, code, error.message);
        return true;
    });
}

// --- Account, database, container
await step("the account", async () => assert.equal((await client.getDatabaseAccount()).resource.consistencyPolicy, "Session"));
await step("a database is made once", async () => {
    ({ database } = await client.databases.createIfNotExists({ id: "smoke" }));
    assert.equal((await client.databases.createIfNotExists({ id: "smoke" })).statusCode, StatusCodes.Ok);
});
await step("databases are listed and queried", async () => {
    assert.ok((await client.databases.readAll().fetchAll()).resources.some((one) => one.id === "smoke"));
    const found = await client.databases.query("SELECT * FROM d WHERE d.id = 'smoke'").fetchAll();
    assert.equal(found.resources.length, 1);
});
await step("a container of four physical partitions", async () => {
    const definition = { id: "items", partitionKey: { paths: ["/pk"], version: PartitionKeyDefinitionVersion.V2 },
        indexingPolicy: { compositeIndexes: [[{ path: "/n", order: "ascending" }, { path: "/big", order: "descending" }]] } };
    ({ container } = await database.containers.create(definition,
        { offerThroughput: 40000, initialHeaders: { "x-camp-physical-partitions": "4" } }));
});
await step("a container that is there is 409", () => refused(409, () => database.containers.create({ id: "items", partitionKey: "/pk" })));
await step("containers are read and listed", async () => {
    assert.deepEqual((await container.read()).resource.partitionKey.paths, ["/pk"]);
    assert.equal((await database.containers.readAll().fetchAll()).resources.length, 1);
});
await step("throughput is read and replaced", async () => {
    const { resource, offer } = await container.readOffer();
    assert.equal(resource.content.offerThroughput, 40000);
    resource.content.offerThroughput = 36000;
    assert.equal((await offer.replace(resource)).resource.content.offerThroughput, 36000);
});

// --- Items
await step("items are created", async () => {
    const made = await container.items.create(ITEMS[0]);
    assert.equal(made.statusCode, 201);
    assert.ok(made.requestCharge > 5 && made.resource._etag);
    await Promise.all(ITEMS.slice(1).map((one) => container.items.create(one)));
});
await step("an id that is there is 409", () => refused(409, () => container.items.create(ITEMS[0])));
await step("an item is read", async () => assert.equal((await container.item("3", "k3").read()).resource.big, 3));
await step("an item that is not there is undefined", async () => {
    const answer = await container.item("none", "k3").read();
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.resource, undefined);
});
await step("an item is upserted", async () => {
    assert.equal((await container.items.upsert({ id: "u", pk: "up", n: 1 })).statusCode, 201);
    assert.equal((await container.items.upsert({ id: "u", pk: "up", n: 2 })).statusCode, 200);
});
await step("an item is replaced under its etag alone", async () => {
    const { resource } = await container.item("u", "up").read();
    const condition = { accessCondition: { type: "IfMatch", condition: resource._etag } };
    await container.item("u", "up").replace({ ...resource, n: 3 }, condition);
    await refused(412, () => container.item("u", "up").replace({ ...resource, n: 4 }, condition));
});
await step("an unchanged item is 304", async () => {
    const { etag } = await container.item("u", "up").read();
    const answer = await container.item("u", "up").read({ accessCondition: { type: "IfNoneMatch", condition: etag } });
    assert.equal(answer.statusCode, 304);
});
await step("an item is patched by an array of operations", async () => {
    const { resource } = await container.item("u", "up").patch([
        { op: PatchOperationType.incr, path: "/n", value: 5 }, { op: PatchOperationType.add, path: "/list", value: [1] },
    ]);
    assert.deepEqual([resource.n, resource.list], [8, [1]]);
});
await step("an item is patched under a condition", async () => {
    const operations = [{ op: "set", path: "/n", value: 0 }];
    await refused(412, () => container.item("u", "up").patch({ operations, condition: "from c where c.n = 99" }));
    assert.equal((await container.item("u", "up").patch({ operations, condition: "from c where c.n = 8" })).resource.n, 0);
});
await step("an item is deleted", async () => {
    assert.equal((await container.item("u", "up").delete()).statusCode, 204);
    await refused(404, () => container.item("u", "up").delete());
});
await step("an item without a key", async () => {
    await container.items.create({ id: "keyless" });
    assert.equal((await container.item("keyless", undefined).read()).resource.id, "keyless");
    await container.item("keyless", undefined).delete();
});
await step("all items are read", async () => assert.equal((await container.items.readAll().fetchAll()).resources.length, 60));

// --- Queries
await step("a query of one key", async () => {
    const query = { query: "SELECT * FROM c WHERE c.n > @n", parameters: [{ name: "@n", value: 4 }] };
    const wanted = ITEMS.filter((one) => one.pk === "k2" && one.n > 4);
    assert.equal((await all(query, { partitionKey: "k2" })).length, wanted.length);
});
await step("a query that names its key itself", async () => {
    const found = await all("SELECT VALUE c.big FROM c WHERE c.pk = 'k2' ORDER BY c.big DESC");
    assert.deepEqual(found, NUMBERS.filter((n) => n % 7 === 2).reverse());
});
await step("a filter over all partitions", async () => assert.equal((await all("SELECT * FROM c WHERE c.n = 3")).length, 6));
for (const [name, direction] of [["ascending", "ASC"], ["descending", "DESC"]]) {
    await step(`ORDER BY over all partitions, ${name}`, async () => {
        const found = await all(`SELECT * FROM c ORDER BY c.big ${direction}`, { maxItemCount: 7 });
        assert.deepEqual(found.map((one) => one.big), direction === "ASC" ? NUMBERS : [...NUMBERS].reverse());
    });
}
await step("ORDER BY of two properties", async () => {
    const found = await all("SELECT VALUE c.big FROM c ORDER BY c.n ASC, c.big DESC");
    assert.deepEqual(found.slice(0, 7), [50, 40, 30, 20, 10, 0, 51]);
});
await step("ORDER BY with a projection and a parameter", async () => {
    const query = { query: "SELECT c.id, c.n FROM c WHERE c.n < @n ORDER BY c.big", parameters: [{ name: "@n", value: 2 }] };
    assert.deepEqual((await all(query)).map((one) => one.id).slice(0, 4), ["0", "1", "10", "11"]);
});
await step("COUNT", async () => assert.deepEqual(await all("SELECT VALUE COUNT(1) FROM c"), [60]));
await step("SUM", async () => assert.deepEqual(await all("SELECT VALUE SUM(c.big) FROM c WHERE c.big < 10"), [45]));
await step("AVG", async () => assert.deepEqual(await all("SELECT VALUE AVG(c.big) FROM c"), [29.5]));
await step("MIN and MAX", async () => {
    assert.deepEqual(await all("SELECT VALUE MIN(c.big) FROM c WHERE c.big > 4"), [5]);
    assert.deepEqual(await all("SELECT VALUE MAX(c.big) FROM c"), [59]);
});
await step("MIN of nothing", async () => assert.deepEqual(await all("SELECT VALUE MIN(c.none) FROM c"), []));
await step("several aggregates, named", async () => {
    assert.deepEqual(await all("SELECT COUNT(1) AS count, MAX(c.big) AS most FROM c"), [{ count: 60, most: 59 }]);
});
await step("DISTINCT", async () => {
    assert.deepEqual((await all("SELECT DISTINCT VALUE c.pk FROM c")).sort(), [..."0123456"].map((n) => `k${n}`));
    assert.equal((await all("SELECT DISTINCT c.n, c.tags FROM c")).length, 10);
});
await step("DISTINCT in order", async () => {
    assert.deepEqual(await all("SELECT DISTINCT VALUE c.pk FROM c ORDER BY c.pk"), [..."0123456"].map((n) => `k${n}`));
});
await step("TOP", async () => assert.deepEqual(await all("SELECT TOP 3 VALUE c.big FROM c ORDER BY c.big"), [0, 1, 2]));
await step("OFFSET LIMIT", async () => {
    assert.deepEqual(await all("SELECT VALUE c.big FROM c ORDER BY c.big OFFSET 4 LIMIT 3"), [4, 5, 6]);
    assert.equal((await all("SELECT * FROM c OFFSET 50 LIMIT 20")).length, 10);
});
await step("GROUP BY", async () => {
    const query = "SELECT c.n, COUNT(1) AS times, SUM(c.big) AS sum, AVG(c.big) AS mean, MIN(c.big) AS least FROM c GROUP BY c.n";
    const found = (await all(query)).sort((a, b) => a.n - b.n);
    assert.equal(found.length, 10);
    assert.deepEqual(found[3], { n: 3, times: 6, sum: 168, mean: 28, least: 3 });
});
await step("GROUP BY without an aggregate", async () => {
    assert.deepEqual((await all("SELECT c.n FROM c GROUP BY c.n")).map((one) => one.n).sort(), [...Array(10).keys()]);
});
await step("GROUP BY of values", async () => {
    assert.deepEqual(await all("SELECT VALUE COUNT(1) FROM c GROUP BY c.n"), Array(10).fill(6));
});
await step("JOIN", async () => {
    assert.equal((await all("SELECT VALUE c.id FROM c JOIN t IN c.tags WHERE t = 'odd'")).length, 30);
});
await step("pages", async () => {
    const pages = container.items.query("SELECT * FROM c", { maxItemCount: 25 });
    let count = 0;
    while (pages.hasMoreResults()) count += (await pages.fetchNext()).resources?.length ?? 0;
    assert.equal(count, 60);
});
await step("a page is continued by its token", async () => {
    const options = { maxItemCount: 4, partitionKey: "k1" };
    const first = await container.items.query("SELECT VALUE c.big FROM c ORDER BY c.big", options).fetchNext();
    const again = container.items.query("SELECT VALUE c.big FROM c ORDER BY c.big",
        { ...options, continuationToken: first.continuationToken });
    assert.deepEqual([...first.resources, ...(await again.fetchAll()).resources], NUMBERS.filter((n) => n % 7 === 1));
});
await step("a page over all partitions is continued by its token", async () => {
    const options = { maxItemCount: 10, enableQueryControl: true };
    const query = "SELECT VALUE c.big FROM c ORDER BY c.big";
    const found = [];
    let continuationToken;
    do {
        const page = await container.items.query(query, { ...options, continuationToken }).fetchNext();
        found.push(...(page.resources ?? []));
        ({ continuationToken } = page);
    } while (continuationToken);
    assert.deepEqual(found, NUMBERS);
});
await step("a plan is asked for first", async () => {
    assert.equal((await all("SELECT * FROM c WHERE c.n = 3", { forceQueryPlan: true })).length, 6);
});
await step("query metrics", async () => {
    const answer = await container.items.query("SELECT * FROM c WHERE c.n = 3 ORDER BY c.big",
        { populateQueryMetrics: true, populateIndexMetrics: true }).fetchAll();
    assert.equal(answer.resources.length, 6);
    assert.ok(answer.requestCharge > 4 * 2.3);
});
await step("a syntax error is 400", () => refused(400, () => all("SELECT * FORM c")));

// --- Batch, bulk, change feed
await step("a transactional batch", async () => {
    const answer = await container.items.batch([
        { operationType: BulkOperationType.Create, resourceBody: { id: "b1", pk: "batch" } },
        { operationType: BulkOperationType.Upsert, resourceBody: { id: "b2", pk: "batch" } },
        { operationType: BulkOperationType.Patch, id: "b1", resourceBody: { operations: [{ op: "add", path: "/n", value: 7 }] } },
        { operationType: BulkOperationType.Read, id: "b1" },
        { operationType: BulkOperationType.Delete, id: "b2" },
    ], "batch");
    assert.deepEqual(answer.result.map((one) => one.statusCode), [201, 201, 200, 200, 204]);
});
await step("a batch that fails changes nothing", async () => {
    const { result } = await container.items.batch([
        { operationType: BulkOperationType.Create, resourceBody: { id: "b3", pk: "batch" } },
        { operationType: BulkOperationType.Create, resourceBody: { id: "b1", pk: "batch" } },
    ], "batch");
    assert.deepEqual(result.map((one) => one.statusCode), [424, 409]);
    assert.equal((await container.item("b3", "batch").read()).statusCode, 404);
});
const BULK = [
    ...NUMBERS.map((n) => ({ operationType: BulkOperationType.Upsert, partitionKey: `b${n}`, resourceBody: { id: `bulk-${n}`, pk: `b${n}` } })),
    { operationType: BulkOperationType.Create, partitionKey: "b1", resourceBody: { id: "bulk-1", pk: "b1" } },
    { operationType: BulkOperationType.Read, id: "bulk-2", partitionKey: "b2" },
    { operationType: BulkOperationType.Patch, id: "bulk-3", partitionKey: "b3", resourceBody: { operations: [{ op: "set", path: "/n", value: 1 }] } },
    { operationType: BulkOperationType.Replace, id: "bulk-4", partitionKey: "b4", resourceBody: { id: "bulk-4", pk: "b4", n: 1 } },
    { operationType: BulkOperationType.Delete, id: "none", partitionKey: "b5" },
    { operationType: BulkOperationType.Delete, id: "bulk-6", partitionKey: "b6" },
];
const BULK_STATUSES = [...Array(60).fill(201), 409, 200, 200, 200, 404, 204];
await step("bulk over all partitions, each operation for itself", async () => {
    const answers = await container.items.bulk(BULK, { continueOnError: true });
    assert.deepEqual(answers.map((one) => one.statusCode), BULK_STATUSES);
    assert.equal(answers[61].resourceBody.id, "bulk-2");
});
await step("bulk by executeBulkOperations", async () => {
    const answers = await container.items.executeBulkOperations(BULK.slice(0, 60).map((one) => ({
        operationType: BulkOperationType.Upsert, partitionKey: one.partitionKey, resourceBody: { ...one.resourceBody, again: true },
    })));
    const statuses = answers.map((one) => one.response?.statusCode ?? one.error?.code);
    assert.deepEqual(statuses, NUMBERS.map((n) => (n === 6 ? 201 : 200)));
});
await step("the change feed of a key, resumed", async () => {
    const options = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning("k1"), maxItemCount: 100 };
    const first = await container.items.getChangeFeedIterator(options).readNext();
    assert.equal(first.result.length, 9);
    await container.items.upsert({ ...ITEMS[1], changed: true });
    const from = ChangeFeedStartFrom.Continuation(first.continuationToken);
    const next = await container.items.getChangeFeedIterator({ changeFeedStartFrom: from }).readNext();
    assert.deepEqual(next.result.map((one) => one.id), ["1"]);
});
await step("the change feed of all partitions", async () => {
    const seen = new Set();
    const iterator = container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning(), maxItemCount: 50 });
    for (let idle = 0; idle < 8; ) {
        const page = await iterator.readNext();
        if (page.statusCode === StatusCodes.NotModified) idle += 1;
        else page.result.forEach((one) => seen.add(one.id));
    }
    assert.ok(seen.size >= 120, `${seen.size} items`);
});
await step("feed ranges", async () => {
    const ranges = await container.getFeedRanges();
    assert.equal(ranges.length, 4);
});

// --- More containers
await step("a hierarchical key: full, prefix, query", async () => {
    const { container: levels } = await database.containers.create({ id: "levels",
        partitionKey: { paths: ["/tenant", "/user"], kind: PartitionKeyKind.MultiHash, version: PartitionKeyDefinitionVersion.V2 } });
    for (const n of [0, 1, 2, 3]) await levels.items.create({ id: `${n}`, tenant: `t${n % 2}`, user: `u${n}` });
    assert.equal((await levels.item("1", ["t1", "u1"]).read()).resource.user, "u1");
    const query = { query: "SELECT * FROM c WHERE c.tenant = @t", parameters: [{ name: "@t", value: "t1" }] };
    assert.equal((await levels.items.query(query).fetchAll()).resources.length, 2);
    assert.equal((await levels.items.query("SELECT * FROM c", { partitionKey: ["t1", "u3"] }).fetchAll()).resources.length, 1);
    assert.equal((await levels.items.query("SELECT * FROM c", { partitionKey: ["t1"] }).fetchAll()).resources.length, 2);
});
await step("all items of a key are deleted", async () => {
    await container.deleteAllItemsForPartitionKey("k5");
    assert.equal((await container.item("5", "k5").read()).statusCode, 404);
});
await step("a user and a permission to read", async () => {
    const { user } = await database.users.create({ id: "ada" });
    await user.permissions.create({ id: "reads", permissionMode: PermissionMode.Read, resource: container.url });
    assert.equal((await user.permission("reads").read()).resource.permissionMode.toLowerCase(), "read");
    await user.delete();
});
await step("a container is replaced", async () => {
    const { resource } = await container.read();
    assert.equal((await container.replace({ ...resource, defaultTtl: 1000 })).resource.defaultTtl, 1000);
});
await step("a wrong key is 401", () => refused(401, async () => {
    const other = new CosmosClient({ endpoint, key: Buffer.from("another key").toString("base64") });
    await other.databases.readAll().fetchAll();
}));
await step("what was made is deleted", async () => {
    assert.equal((await container.delete()).statusCode, 204);
    assert.equal((await database.delete()).statusCode, 204);
});
client.dispose();
