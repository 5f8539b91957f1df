SELECT * FROM c AS select
