"""`python -m deploy.deploy STAGE [BUCKET]`: packages, uploads, and brings the stack of the stage to it.

Without a BUCKET for the uploads, the account gets one of its own at the first deploy.
"""

import json
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from deploy.errors import DeployError, told
from deploy.package import PROJECT, Package, package
from deploy.stack import Stack, aws_session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def stack_name(stage: str) -> str:
    return f"{json.loads((PROJECT / '.chalice' / 'config.json').read_text())['app_name']}-{stage}"


def deploy(stage: str, bucket: str, session: boto3.Session) -> str:
    """Returns the address of the API. Raises DeployError."""
    s3 = session.client("s3")
    bucket = _checked(bucket, s3) if bucket else _own_bucket(session, s3)
    template_url = _upload(package(stage), bucket, stack_name(stage), s3)
    stack = Stack(stack_name(stage), session.client("cloudformation"))
    changed = stack.bring_to(template_url)
    sys.stdout.write(f"{stack.name} {'is deployed' if changed else 'was up to date'}.\n")
    return stack.outputs["EndpointURL"] + "api/"


def _checked(bucket: str, s3: "S3Client") -> str:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        why = {"403": "is not yours to use", "301": "is in another region"}
        raise DeployError(
            f"The bucket {bucket} {why.get(error.response['Error']['Code'], 'does not exist')}: create it,"
            " or leave BUCKET away to have one made."
        ) from None
    return bucket


def _own_bucket(session: boto3.Session, s3: "S3Client") -> str:
    """Made if it isn't there yet; S3 encrypts it and keeps it private by itself."""
    bucket = f"stockroom-deployments-{session.client('sts').get_caller_identity()['Account']}-{session.region_name}"
    try:
        if session.region_name == "us-east-1":
            s3.create_bucket(Bucket=bucket)
        else:
            # No type knows every region.
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": session.region_name})  # type: ignore[typeddict-item]
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    except ClientError as error:
        raise DeployError(f"The bucket for the uploads can't be made: {error}. Name one with BUCKET=.") from None
    return bucket


def _upload(made: Package, bucket: str, folder: str, s3: "S3Client") -> str:
    """Returns the template's address. Files are named by what is in them, so a new zip is a change to the stack."""
    code = _put(made.zip.read_bytes(), "zip", bucket, folder, s3)
    template = json.loads(made.template.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": code}
    key = _put(json.dumps(template, separators=(",", ":")).encode(), "json", bucket, folder, s3)
    # CloudFormation signs for itself; what is left is the one address that is right in every partition and region.
    return s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}).partition("?")[0]


def _put(content: bytes, kind: str, bucket: str, folder: str, s3: "S3Client") -> str:
    key = f"{folder}/{sha256(content).hexdigest()}.{kind}"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


if __name__ == "__main__":
    with told():
        sys.stdout.write(f"{deploy(sys.argv[1], ''.join(sys.argv[2:]), aws_session())}\n")
