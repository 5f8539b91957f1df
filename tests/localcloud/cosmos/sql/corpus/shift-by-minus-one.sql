SELECT VALUE [1 << -1, 1 >> 33, IntBitLeftShift(1, -1)]
