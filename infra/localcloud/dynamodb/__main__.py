"""`python -m localcloud.dynamodb` runs an account of DynamoDB."""

from localcloud.dynamodb.program import main

main()
