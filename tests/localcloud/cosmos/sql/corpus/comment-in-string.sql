SELECT VALUE '-- no /* comment */' FROM c
