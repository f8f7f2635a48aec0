"""The packaged template, read before CloudFormation reads it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.services.exchange import TRIED_AT, next_pause
from deploy.package import PROJECT, Package, copy_sources, run_chalice

GATEWAY_WAITS = 29
STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
}

Resource = dict[str, Any]


def of_type(template: Resource, *types: str) -> dict[str, Resource]:
    found = {name: each for name, each in template["Resources"].items() if each["Type"] in types}
    assert found
    return found


def functions(template: Resource) -> dict[str, Resource]:
    return of_type(template, "AWS::Serverless::Function")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def test_cfn_lint_finds_nothing(packaged: Package) -> None:
    lint = [Path(sys.executable).with_name("cfn-lint"), packaged.template]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_each_function_has_a_role_of_its_own(template: Resource) -> None:
    roles = [function["Properties"]["Role"]["Fn::GetAtt"][0] for function in functions(template).values()]
    assert sorted(roles) == sorted(of_type(template, "AWS::IAM::Role"))


def test_no_role_may_do_anything_or_touch_anything_but_the_stacks_own(template: Resource) -> None:
    for role in of_type(template, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert "NotAction" not in statement
                assert "NotResource" not in statement
                assert not [action for action in strings(statement["Action"]) if "*" in action]
                named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
                for resource in named:
                    assert_of_the_stack(resource, template)


def assert_of_the_stack(resource: Resource, template: Resource) -> None:
    """A resource of the template, one index of its table, one folder of its bucket, or the stage's own parameter."""
    assert isinstance(resource, dict), f"{resource} may be anything"
    [(function, value)] = resource.items()
    if function == "Fn::GetAtt":
        name, attribute = value
        assert attribute in ("Arn", "StreamArn")
    else:
        assert function == "Fn::Sub"
        if ":ssm:" in value:
            assert value.endswith(":parameter/${AWS::StackName}/peers")
            return
        name, _, rest = value.removeprefix("${").partition(".Arn}/")
        if template["Resources"][name]["Type"] == "AWS::DynamoDB::Table":
            indexes = template["Resources"][name]["Properties"]["GlobalSecondaryIndexes"]
            assert rest in [f"index/{index['IndexName']}" for index in indexes]
            return
        assert template["Resources"][name]["Type"] == "AWS::S3::Bucket"
        assert rest.strip("*/")
        assert rest.count("*") == 1
        assert rest.endswith("/*")
    assert name in template["Resources"]


def test_what_holds_data_stays_when_the_stack_goes(template: Resource) -> None:
    for resource in of_type(template, *STATEFUL).values():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_the_table_can_be_restored_and_not_be_dropped(template: Resource) -> None:
    [table] = of_type(template, "AWS::DynamoDB::Table").values()
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"]["SSEEnabled"] is True
    assert properties["TimeToLiveSpecification"]["Enabled"] is True
    assert properties["StreamSpecification"]


def test_the_bucket_is_closed_to_the_public_and_to_plain_http(template: Resource) -> None:
    [bucket] = of_type(template, "AWS::S3::Bucket").values()
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["Properties"]["BucketEncryption"]
    [policy] = of_type(template, "AWS::S3::BucketPolicy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_name_carries_the_stage(template: Resource) -> None:
    for type, property in NAMES.items():
        for resource in of_type(template, type).values():
            assert "${AWS::StackName}" in resource["Properties"][property]["Fn::Sub"]


def test_each_function_knows_its_table_and_keeps_its_logs_for_a_time(template: Resource) -> None:
    logs = [group["Properties"] for group in of_type(template, "AWS::Logs::LogGroup").values()]
    kept = {each["LogGroupName"]["Fn::Sub"]: each["RetentionInDays"] for each in logs}
    for function in functions(template).values():
        properties = function["Properties"]
        assert properties["Environment"]["Variables"]["TABLE_NAME"] == {"Ref": "Table"}
        assert kept["/aws/lambda/" + properties["FunctionName"]["Fn::Sub"]] > 0


def test_the_api_gives_up_before_the_gateway_does(template: Resource) -> None:
    assert template["Resources"]["APIHandler"]["Properties"]["Timeout"] < GATEWAY_WAITS


def test_a_scheduled_run_that_fails_ends_in_the_dead_letters(template: Resource) -> None:
    destination = template["Resources"]["WriteStockList"]["Properties"]["EventInvokeConfig"]["DestinationConfig"]
    assert destination["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}


def alarms(template: Resource) -> list[Resource]:
    return [alarm["Properties"] for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()]


def test_dropped_invoices_go_from_the_stream_over_the_queue_and_what_fails_is_kept(template: Resource) -> None:
    resources = template["Resources"]
    [relay] = [event["Properties"] for event in resources["RelayDrops"]["Properties"]["Events"].values()]
    assert relay["Stream"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert relay["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    [remove] = [event["Properties"] for event in resources["RemoveFiles"]["Properties"]["Events"].values()]
    assert remove["Queue"] == {"Fn::Sub": "${FileRemovals.Arn}"}
    assert remove["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue = resources["FileRemovals"]["Properties"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["FileRemovalsDeadLetters", "Arn"]}
    assert queue["VisibilityTimeout"] >= 6 * resources["RemoveFiles"]["Properties"]["Timeout"]


def test_changed_customers_go_from_the_stream_over_a_queue_in_order_and_what_fails_is_kept(template: Resource) -> None:
    resources = template["Resources"]
    [relay] = [event["Properties"] for event in resources["RelayCustomers"]["Properties"]["Events"].values()]
    assert relay["Stream"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert relay["StartingPosition"] == "TRIM_HORIZON"
    assert relay["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    [send] = [event["Properties"] for event in resources["SendCustomers"]["Properties"]["Events"].values()]
    assert send["Queue"] == {"Fn::Sub": "${CustomerEvents.Arn}"}
    assert send["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue, dead = (resources[name]["Properties"] for name in ("CustomerEvents", "CustomerEventsDeadLetters"))
    assert queue["FifoQueue"] is dead["FifoQueue"] is True
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["CustomerEventsDeadLetters", "Arn"]}
    assert queue["VisibilityTimeout"] >= 6 * resources["SendCustomers"]["Properties"]["Timeout"]
    # A peer that hangs must not take all the functions that the account may run, the API's among them.
    assert send["ScalingConfig"]["MaximumConcurrency"] <= 100


def test_a_peer_is_tried_for_as_long_as_standard_webhooks_has_it(template: Resource) -> None:
    queue = template["Resources"]["CustomerEvents"]["Properties"]
    tried_for, tries = timedelta(), 1
    while tried_for < TRIED_AT[-1]:
        # Each try takes some time itself, so the next one comes late.
        tried_for += timedelta(seconds=next_pause(tried_for) + 1)
        tries += 1
    # One is spared for a function that dies in between.
    assert queue["RedrivePolicy"]["maxReceiveCount"] == tries + 1
    assert timedelta(seconds=queue["MessageRetentionPeriod"]) > 2 * tried_for > timedelta(days=6)


def test_every_alarm_rings_at_the_one_topic_and_says_where_to_read_on(template: Resource) -> None:
    assert list(of_type(template, "AWS::SNS::Topic")) == ["Alarms"]
    for alarm in alarms(template):
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
        assert "docs/operations.md" in alarm["AlarmDescription"]


def test_each_function_is_watched_for_errors_and_throttles(template: Resource) -> None:
    watched = [(alarm["MetricName"], *strings(alarm["Dimensions"])) for alarm in alarms(template)]
    for function in functions(template):
        assert ("Errors", "FunctionName", function) in watched
        assert ("Throttles", "FunctionName", function) in watched


def test_an_alarm_rings_when_the_stock_list_is_not_written_for_25_hours(template: Resource) -> None:
    alarm = template["Resources"]["StockListMissingAlarm"]["Properties"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 25 * 3600
    assert alarm["TreatMissingData"] == "breaching"


def test_what_the_gateway_answers_itself_is_a_problem_too(template: Resource) -> None:
    responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == "404"
    for response in responses.values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Content-Type"] == "'application/problem+json'"
        assert headers["Access-Control-Allow-Origin"] == "'*'"
        # The gateway puts a JSON string there.
        body = json.loads(
            response["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"?"')
        )
        # Of its default answers the gateway's templates don't know the status, which RFC 9457 lets be left out.
        known = {"status"} if "StatusCode" in response else set()
        assert body.keys() == {"type", "title", "detail"} | known
        assert body.get("status") == (int(response["StatusCode"]) if known else None)
    assert "Idempotency-Key" in responses["DEFAULT_5XX"]["ResponseTemplates"]["application/json"]


def test_stages_differ_in_what_the_config_says_only(template: Resource, tmp_path: Path) -> None:
    copy_sources(tmp_path / "source")
    run_chalice("dev", tmp_path / "source", tmp_path / "out")
    other = json.loads((tmp_path / "out" / "sam.json").read_text())
    assert other["Resources"]["RestAPI"]["Properties"]["StageName"] == "dev"
    assert without_config(other, "dev") == without_config(template, "prod")


def without_config(template: Resource, stage: str) -> Resource:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())["stages"][stage]
    found: Resource = json.loads(json.dumps(template).replace(f"stage={stage}", "").replace(f"/{stage}/", ""))
    del found["Resources"]["RestAPI"]["Properties"]["StageName"]
    for function in functions(found).values():
        variables = function["Properties"]["Environment"]["Variables"]
        for name in config["environment_variables"]:
            del variables[name]
    return found
