"""The one bucket: invoice PDFs and stock lists."""

from functools import cache
from typing import IO, TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.settings import settings
from chalicelib.storage.transaction import answered

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import DeleteTypeDef, ObjectIdentifierTypeDef


LARGEST_ANSWER = 1_500_000
"""Bytes; what is longer is handed out as a link. A Lambda function can answer 6 MB, in which a letter of two bytes may
take six."""


@cache
def _client() -> "S3Client":
    # Imported here, since most requests need no file: boto3 and an S3 client take a tenth of a second.
    import boto3

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        connect_timeout=1,
        read_timeout=4,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    return boto3.client("s3", config=config)


class NotRemovedError(Exception):
    pass


def size_of(key: str) -> int | None:
    """Bytes of the file, or None when there is none. One round trip."""
    try:
        with answered():
            return _client().head_object(Bucket=settings().bucket_name, Key=key)["ContentLength"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise


def write_file(key: str, body: IO[bytes] | bytes, content_type: str, file_name: str) -> None:
    """An open file is sent as it is read, so that its size doesn't matter for the memory."""
    with answered():
        _client().put_object(
            Bucket=settings().bucket_name,
            Key=key,
            Body=body,
            ContentType=content_type,
            ContentDisposition=f'attachment; filename="{file_name}"',
        )


def read_file(key: str) -> bytes:
    with answered():
        return _client().get_object(Bucket=settings().bucket_name, Key=key)["Body"].read()


def remove_folder(prefix: str) -> int:
    """Returns the number of files removed. Raises NotRemovedError. One call for each thousand, and one to list them."""
    count = 0
    with answered():
        for page in _client().get_paginator("list_objects_v2").paginate(Bucket=settings().bucket_name, Prefix=prefix):
            files: list[ObjectIdentifierTypeDef] = [{"Key": file["Key"]} for file in page.get("Contents", [])]
            if files:
                delete: DeleteTypeDef = {"Objects": files, "Quiet": True}
                answer = _client().delete_objects(Bucket=settings().bucket_name, Delete=delete)
                if errors := answer.get("Errors"):
                    raise NotRemovedError(f"{len(errors)} files stay, the first for {errors[0].get('Code')}")
            count += len(files)
    return count


def link_to(key: str) -> str:
    """A download link that needs no key. Made for each request and never stored: it dies with this function's role."""
    return _client().generate_presigned_url(
        "get_object",
        Params={"Bucket": settings().bucket_name, "Key": key},
        ExpiresIn=settings().link_seconds,
    )
