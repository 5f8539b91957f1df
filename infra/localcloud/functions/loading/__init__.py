"""What the host reads of an app before it runs: host.json, settings, functions; and what is wrong with them."""
