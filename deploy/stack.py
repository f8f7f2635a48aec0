"""One CloudFormation stack: brought to a template, or taken away, with the reason told when that fails."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from deploy.errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

SECONDS_BETWEEN_LOOKS = 3


def aws_session() -> boto3.Session:
    """With a region and with credentials that AWS knows. Raises DeployError."""
    session = boto3.Session()
    if not session.region_name:
        raise DeployError("No region: set AWS_DEFAULT_REGION, or name one with `aws configure`.")
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"No credentials that AWS accepts: {error}") from None
    return session


class Stack:
    def __init__(self, name: str, cloudformation: "CloudFormationClient"):
        self.name = name
        self._cloudformation = cloudformation

    @property
    def outputs(self) -> dict[str, str]:
        found = self._find()
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])} if found else {}

    def bring_to(self, template_url: str) -> bool:
        """Creates or updates it in place. Returns False when it is already so. Raises DeployError."""
        found = self._find()
        before = found["StackStatus"] if found else "REVIEW_IN_PROGRESS"
        if before in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise DeployError(f"{self.name} is in {before} from an earlier try: `make destroy` it first.")
        change = f"deploy-{uuid4().hex}"
        self._cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=change,
            ChangeSetType="CREATE" if before == "REVIEW_IN_PROGRESS" else "UPDATE",
            TemplateURL=template_url,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            # What `make destroy` has kept comes back into the stack.
            ImportExistingResources=True,
        )
        if not self._is_ready(change):
            return False
        begun = datetime.now(UTC)
        self._cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change)
        status = self._settled()
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeployError("\n".join([f"{self.name} ended in {status}:", *self._failures(begun)]))
        return True

    def delete(self) -> None:
        """Raises DeployError."""
        begun = datetime.now(UTC)
        self._cloudformation.delete_stack(StackName=self.name)
        status = self._settled()
        if status not in ("DELETE_COMPLETE", None):
            raise DeployError("\n".join([f"{self.name} ended in {status}:", *self._failures(begun)]))

    def resources(self) -> Iterator[tuple[str, str]]:
        """Logical and physical name of each. Raises DeployError when there is no such stack."""
        if not self._find():
            raise DeployError(f"There is no stack {self.name} in {self._cloudformation.meta.region_name}.")
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        for page in pages:
            for each in page["StackResourceSummaries"]:
                yield each["LogicalResourceId"], each.get("PhysicalResourceId", "")

    def _find(self) -> "StackTypeDef | None":
        try:
            return self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise DeployError(str(error)) from None

    def _is_ready(self, change: str) -> bool:
        try:
            self._cloudformation.get_waiter("change_set_create_complete").wait(
                StackName=self.name,
                ChangeSetName=change,
                WaiterConfig={"Delay": SECONDS_BETWEEN_LOOKS, "MaxAttempts": 200},
            )
        except WaiterError as error:
            reason = error.last_response.get("StatusReason", str(error))
            self._cloudformation.delete_change_set(StackName=self.name, ChangeSetName=change)
            if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                return False
            raise DeployError(f"CloudFormation refuses the template: {reason}") from None
        return True

    def _settled(self) -> str | None:
        """The status it comes to, or None when it is gone."""
        while (found := self._find()) and found["StackStatus"].endswith("_IN_PROGRESS"):
            sys.stdout.write(f"  {found['StackStatus'].lower().replace('_', ' ')} ...\n")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return found["StackStatus"] if found else None

    def _failures(self, begun: datetime) -> list[str]:
        """What went wrong since then, the first thing first; what was only given up because of it left out."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.name)
        events = [event for page in pages for event in page["StackEvents"] if event["Timestamp"] >= begun]
        return [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in reversed(events)
            if event.get("ResourceStatus", "").endswith("_FAILED")
            and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
