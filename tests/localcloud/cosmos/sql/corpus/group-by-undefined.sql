SELECT c.nope, COUNT(1) FROM c GROUP BY c.nope
