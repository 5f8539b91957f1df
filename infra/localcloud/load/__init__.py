"""Load on a Cosmos DB container: who says what and when (`town`), the driver that writes it and sees every refusal
(`driver`), what came of it (`report`), and the keys that one may think of (`designs`)."""
