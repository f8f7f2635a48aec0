"""The one table: its records, their keys, and the connection to it.

A record holds the fields of its domain record under the same names, so a new field of an item is one more line here.
The keys, and what each is read by, are explained in docs/architecture.md.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self

from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import Customer
from chalicelib.domain.idempotency import Kept
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.domain.item import Adjustment, Item
from chalicelib.settings import settings

IDS_PER_PARTITION = 1000

Key = tuple[str, str]
"""pk and sk."""


def item_key(id: int) -> Key:
    return f"ITEMS#{id // IDS_PER_PARTITION}", f"{id:010}"


def customer_key(id: int) -> Key:
    return f"CUSTOMERS#{id // IDS_PER_PARTITION}", f"{id:010}"


def sku_key(sku: str) -> Key:
    return f"SKU#{sku}", "SKU"


def uid_key(uid: str) -> Key:
    return f"CUSTOMER_UID#{uid}", "CUSTOMER_UID"


def word_key(index: str, word: str, id: int) -> Key:
    return words_of(index, word), f"{word}#{id:010}"


def words_of(index: str, word: str) -> str:
    """The partition in which all words with the same first letter stand, in their order."""
    return f"{index}#{word[0]}"


def open_invoice_key(customer: int) -> Key:
    return f"CUSTOMER#{customer}", "OPEN"


def adjustment_key(item: int, order: str) -> Key:
    return f"ADJUSTMENTS#{item}", order


def api_key_key(id: int) -> Key:
    return f"API_KEYS#{id // IDS_PER_PARTITION}", f"{id:010}"


def digest_key(digest: str) -> Key:
    return f"API_KEY#{digest}", "API_KEY"


def idempotency_key(caller: str, key: str, part: int = 0) -> Key:
    return f"IDEMPOTENCY#{caller}#{key}", f"IDEMPOTENCY#{part:04}"


def conflict_key(id: str) -> Key:
    return "CONFLICTS", id


def peer_key(site: str) -> Key:
    return f"PEER#{site}", "PEER"


def counter_key(name: str) -> Key:
    return f"COUNTER#{name}", "COUNTER"


class IntegerAttribute(Attribute[int]):
    """A whole number. PynamoDB's own takes floats too, and reads each number as a JSON text, which is slow."""

    attr_type = "N"

    def serialize(self, value: int) -> str:
        return format(value, "d")

    def deserialize(self, value: str) -> int:
        return int(value)


class DateAttribute(Attribute[date]):
    """A day as `YYYY-MM-DD`, which sorts and compares as days do."""

    attr_type = "S"

    def serialize(self, value: date) -> str:
        return value.isoformat()

    def deserialize(self, value: str) -> date:
        return date.fromisoformat(value)


class JsonAttribute(Attribute[Mapping[str, Any]]):
    """An object as one text, always written alike, so that a condition can compare it."""

    attr_type = "S"

    def serialize(self, value: Mapping[str, Any]) -> str:
        return json.dumps(value, sort_keys=True)

    def deserialize(self, value: str) -> Mapping[str, Any]:
        held: Mapping[str, Any] = json.loads(value)
        return held


class LinesAttribute(Attribute[tuple[Line, ...]]):
    """The lines of an invoice, a map each."""

    attr_type = "L"

    def serialize(self, value: tuple[Line, ...]) -> list[Any]:
        return [
            {
                "M": {
                    "item": {"N": str(line.item)},
                    "description": {"S": line.description},
                    "unit_price": {"N": str(line.unit_price)},
                    "quantity": {"N": str(line.quantity)},
                }
            }
            for line in value
        ]

    def deserialize(self, value: list[Any]) -> tuple[Line, ...]:
        return tuple(
            Line(
                item=int(line["item"]["N"]),
                description=line["description"]["S"],
                unit_price=int(line["unit_price"]["N"]),
                quantity=int(line["quantity"]["N"]),
            )
            for line in (stored["M"] for stored in value)
        )


class LowStockIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Items that are marked as low, by id. No other record has the attribute, so no other is in it."""

    class Meta:
        index_name = "low_stock"
        projection = IncludeProjection(["kind"])

    low_stock = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class Record(Model):
    """What all have in common. Read through this class: each record comes back as its own kind."""

    class Meta:
        table_name = settings().table_name
        # A call that hangs takes 6 seconds of the 25 that a request has, so that it can be tried again.
        connect_timeout_seconds = 1
        read_timeout_seconds = 3
        max_retry_attempts = 1

    domain: ClassVar[type[Any]]

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()

    low_stock_index = LowStockIndex()

    @classmethod
    def of(cls, key: Key, value: Any) -> Self:
        return cls(*key, **vars(value))

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """PynamoDB's own sets each default twice and each value through four calls, and takes twice as long."""
        # A counter is made by an update, which names no kind.
        kind: type[Self] = cls.kind.deserialize(data["kind"]["S"]) if "kind" in data else cls  # type: ignore[no-untyped-call]
        record = kind.__new__(kind)
        record.attribute_values = {
            name: attribute.deserialize(attribute.get_value(data[name]))
            for name, attribute in kind.get_attributes().items()
            if name in data
        }
        return record

    def to_domain(self) -> Any:
        stored = self.attribute_values
        return self.domain(**{name: stored[name] for name in self.domain.__dataclass_fields__ if name in stored})


# Made here, so that all records inherit it: PynamoDB would make each a client of its own, at 140 ms.
CONNECTION = Record._get_connection().connection

# While Lambda starts a function it has the most processor; the first request would wait for this.
_ = CONNECTION.client


LOW = "LOW"


def low_mark(item: Item) -> str | None:
    return LOW if item.is_low(settings().reorder_point) else None


class ItemRecord(Record, discriminator="item"):
    domain = Item

    id = IntegerAttribute()
    description = UnicodeAttribute()
    price = IntegerAttribute()
    quantity = IntegerAttribute()
    name = UnicodeAttribute(null=True)
    sku = UnicodeAttribute(null=True)
    reorder_point = IntegerAttribute(null=True)
    expires_on = DateAttribute(null=True)
    archived = BooleanAttribute(default=False)
    invoiced = BooleanAttribute(default=False)
    version = IntegerAttribute()
    low_stock = UnicodeAttribute(null=True)
    """LOW where the item is low; may stay a while after it is no longer, but is never missing."""

    @classmethod
    def of(cls, key: Key, value: Any) -> Self:
        return cls(*key, low_stock=low_mark(value), **vars(value))


class EntryRecord(Record, discriminator="entry"):
    """Leads to an item or a customer, by a word or by what no other has."""

    id = IntegerAttribute()

    def to_domain(self) -> int:
        return int(self.id)


class AdjustmentRecord(Record, discriminator="adjustment"):
    domain = Adjustment

    item = IntegerAttribute()
    at = UTCDateTimeAttribute()
    delta = IntegerAttribute()
    quantity = IntegerAttribute()
    reason = UnicodeAttribute()


class CustomerRecord(Record, discriminator="customer"):
    domain = Customer

    id = IntegerAttribute()
    uid = UnicodeAttribute()
    name = UnicodeAttribute()
    phone = UnicodeAttribute()
    address = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    tax_id = UnicodeAttribute(null=True)
    archived = BooleanAttribute(default=False)
    version = IntegerAttribute()
    site = UnicodeAttribute()
    seen = JsonAttribute()
    via = UnicodeAttribute()


class InvoiceRecord(Record, discriminator="invoice"):
    domain = Invoice

    customer = IntegerAttribute()
    identity = UnicodeAttribute()
    version = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    lines = LinesAttribute()
    number = UnicodeAttribute(null=True)


class ApiKeyRecord(Record, discriminator="api_key"):
    """Stands in the list of keys, and once more under its digest, where the seam finds it."""

    domain = ApiKey

    id = IntegerAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    digest = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute(null=True)
    last_used_at = UTCDateTimeAttribute(null=True)
    version = IntegerAttribute()


class IdempotencyRecord(Record, discriminator="idempotency"):
    domain = Kept

    request = UnicodeAttribute()
    nonce = UnicodeAttribute()
    answer = BinaryAttribute(legacy_encoding=False)
    expires_at = IntegerAttribute()
    """DynamoDB removes the record some time after it."""


class ConflictRecord(Record, discriminator="conflict"):
    domain = Conflict

    id = UnicodeAttribute()
    found_at = UTCDateTimeAttribute()
    customer = IntegerAttribute()
    uid = UnicodeAttribute()
    lost = JsonAttribute()
    won = UnicodeAttribute()


class StoppedPeerRecord(Record, discriminator="stopped_peer"):
    """There as long as a peer wants to hear nothing."""

    site = UnicodeAttribute()
    stopped_at = UTCDateTimeAttribute()

    def to_domain(self) -> datetime:
        return self.stopped_at


class CounterRecord(Record, discriminator="counter"):
    value = IntegerAttribute()
