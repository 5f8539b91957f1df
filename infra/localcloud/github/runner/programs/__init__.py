"""What jobs run in the Python of the extra `runner`: the program `az`, and the deployment of Azure/functions-action.

They are copied to the runner and import nothing of the camp; `localcloud.azure.packages` imports `funcignore`.
"""
