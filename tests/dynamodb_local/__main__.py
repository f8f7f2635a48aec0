"""pytest with DynamoDB Local as its DynamoDB: `python -m tests.dynamodb_local`, then what one would say to pytest."""

import os
import subprocess
import sys

from tests.engines import running_dynamodb_local

with running_dynamodb_local() as endpoint:
    environment = os.environ | {"STOCKROOM_DYNAMODB_ENDPOINT": endpoint}
    status = subprocess.call([sys.executable, "-m", "pytest", *sys.argv[1:]], env=environment)
sys.exit(status)
