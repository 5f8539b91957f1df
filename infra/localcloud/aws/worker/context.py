"""The `context` of a handler: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

import os
import time


class LambdaContext:
    """One invocation's facts. `memory_limit_in_mb` is a text, as in AWS's own runtime."""

    def __init__(self, request_id: str, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        region, account = os.environ["AWS_REGION"], os.environ["CAMP_AWS_ACCOUNT"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{account}:function:{self.function_name}"
        self.identity = None
        self.client_context = None

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def __repr__(self) -> str:
        return f"LambdaContext(aws_request_id={self.aws_request_id!r}, function_name={self.function_name!r})"
