"""A dropped invoice leaves no files: its PDFs hold a customer's name and address, and nobody needs them any more.

The request that drops it waits for none of this. The table's stream tells of it, a message is put on a queue, and the
files are removed from there; what fails is tried again, and in the end waits in the dead-letter queue.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.services.invoices import FOLDER, folder_of
from chalicelib.settings import settings
from chalicelib.storage import files, queues
from chalicelib.storage.changes import dropped_invoices
from chalicelib.telemetry import log


def queue_removals(changes: Iterable[dict[str, Any]]) -> int:
    """One message for each invoice that these changes of the table have dropped. Returns their number."""
    messages = [{"folder": folder_of(invoice)} for invoice in dropped_invoices(changes)]
    queues.send(settings().file_removals_url, messages)
    return len(messages)


def remove_files(messages: Mapping[str, str]) -> list[str]:
    """Does what each message says, and returns the ids of those that failed. Doing it twice does no harm."""
    failed = []
    for message_id, body in messages.items():
        try:
            files.remove_folder(_folder(body))
        except Exception:  # Whatever is wrong with one message, the others are not to wait for it.
            log.exception("message failed", message_id=message_id)
            failed.append(message_id)
    return failed


def _folder(body: str) -> str:
    """Raises ValueError for what `queue_removals` hasn't written."""
    folder = json.loads(body)["folder"]
    if not (folder.startswith(FOLDER) and folder.endswith("/") and folder.count("/") == 4):
        raise ValueError(f"{folder!r} is not the folder of an open invoice")
    return str(folder)
