"""AWS on this laptop: moto for SQS, SNS and DynamoDB, and our own SQS event-source mapping with its Lambda function."""
