"""`python -m benchmarks`: each figure beside its yardstick, both taken in one run on one machine."""

import os

# Before anything of AWS is imported: a benchmark must never reach an account.
os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
os.environ["LOCAL_ADMIN_KEY"] = "local-admin"
