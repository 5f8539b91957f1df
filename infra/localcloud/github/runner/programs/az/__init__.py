"""`az` of the runner: the part of the Azure command line that deploys a function app, with the real one's requests.

`main` reads the command line; `account` signs in; `functionapp` deploys, swaps and sets; `output` prints.
"""
