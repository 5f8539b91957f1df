SELECT c.order FROM c
