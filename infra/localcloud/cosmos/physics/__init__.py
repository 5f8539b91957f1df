"""Physics of the emulator: physical partitions, request units, throttling.

`charges` says what a request costs, `partitions` where its key lives, `budgets` whether it may run now, `offers` what
throughput may be; all pure. `throughput` puts them together for one owner of throughput, `meter` for one container,
`consumption` remembers what happened and `management` tells it.
"""
