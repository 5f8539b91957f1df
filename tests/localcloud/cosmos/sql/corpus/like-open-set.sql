SELECT VALUE ['a' LIKE '[', 'a' LIKE '[]', 'a' LIKE '[^]', 'a' LIKE '[a-', '[' LIKE '[[]']
