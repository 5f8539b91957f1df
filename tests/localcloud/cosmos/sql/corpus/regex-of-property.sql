SELECT VALUE RegexMatch('aaa', c.id) FROM c
