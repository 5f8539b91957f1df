"""Azure as a deployment target on this laptop: one Function App with the slots `production` and `staging`, and the
endpoints that Azure's own clients call (Kudu, Resource Manager, the token endpoint), behind one CONNECT gate.

Start reading at `azure.py`. Slots exist on the Consumption and Premium plans; Flex Consumption has none.
"""
