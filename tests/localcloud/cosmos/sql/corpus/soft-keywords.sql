SELECT c.offset, c.limit, {escape: 1} FROM c OFFSET 0 LIMIT 1
