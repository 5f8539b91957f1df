SELECT * FROM c /* never
