"""Settings that hold secrets, in the Parameter Store."""

from functools import cache
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.storage.transaction import answered

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


@cache
def _client() -> "SSMClient":
    # Imported here, since most requests need none of it.
    import boto3

    config = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("ssm", config=config)


def read_parameter(name: str) -> str:
    """ "" where there is none."""
    try:
        with answered():
            return _client().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return ""
        raise
