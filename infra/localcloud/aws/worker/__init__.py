"""The process of a Lambda function, with the Python of learners' apps: nothing in it imports `localcloud`."""
