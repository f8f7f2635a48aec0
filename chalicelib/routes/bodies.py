"""Every body that an operation may take, by its name: the schema that describes it, and the check that reads it.

The seam looks them up by name, so that who only reads needs no pydantic.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from chalicelib.routes.csv_rows import CustomerRow, ItemRow, rows_of
from chalicelib.routes.schemas import (
    AddedLines,
    CustomerChange,
    CustomerEvent,
    ItemChange,
    NewAdjustment,
    NewApiKey,
    NewCustomer,
    NewItem,
    SetLines,
    fields_of,
    order_lines,
)

Schema = type[BaseModel] | TypeAdapter[Any] | dict[str, Any]

BODIES: dict[str, tuple[Schema, Callable[[Any], Any]]] = {
    "NewItem": (NewItem, fields_of(NewItem)),
    "ItemChange": (ItemChange, fields_of(ItemChange)),
    "ItemRows": ({"type": "string", "description": "CSV."}, rows_of(ItemRow, "sku")),
    "NewAdjustment": (NewAdjustment, fields_of(NewAdjustment)),
    "NewApiKey": (NewApiKey, fields_of(NewApiKey)),
    "NewCustomer": (NewCustomer, fields_of(NewCustomer)),
    "CustomerChange": (CustomerChange, fields_of(CustomerChange)),
    "CustomerEvent": (CustomerEvent, fields_of(CustomerEvent)),
    "CustomerRows": ({"type": "string", "description": "CSV."}, rows_of(CustomerRow, "uid")),
    "AddedLines": (AddedLines, order_lines(AddedLines)),
    "SetLines": (SetLines, order_lines(SetLines)),
}
