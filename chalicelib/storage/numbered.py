"""Items and customers: records with ids counted up from 1, in pages of ids, so that a list needs no index."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import NotFound
from chalicelib.domain.item import Item
from chalicelib.storage.table import (
    IDS_PER_PARTITION,
    ApiKeyRecord,
    CounterRecord,
    CustomerRecord,
    ItemRecord,
    Key,
    Record,
    api_key_key,
    counter_key,
    customer_key,
    item_key,
)
from chalicelib.storage.transaction import Transaction, answered, fetch, set_or_remove

FEWEST_READ = 101
"""Records looked at in one Query: where most don't meet a condition, small pages would take many."""

Value = TypeVar("Value", Item, Customer, ApiKey)


@dataclass(frozen=True)
class Numbered(Generic[Value]):
    noun: str
    counter: str
    key: Callable[[int], Key]
    record: type[ItemRecord | CustomerRecord | ApiKeyRecord]

    def next_id(self) -> int:
        """Ids are never given twice; one whose record was then not written stays unused."""
        counter = CounterRecord(*counter_key(self.counter))
        with answered():
            counter.update(actions=[CounterRecord.value.add(1)])
        return int(counter.value)

    def last_id(self) -> int:
        """0 where there has been none."""
        for counter in fetch([counter_key(self.counter)], CounterRecord):
            return int(counter.value)
        return 0

    def get(self, id: int) -> Value:
        """As it is now. Raises NotFound."""
        for record in fetch([self.key(id)]):
            value: Value = record.to_domain()
            return value
        raise self.missing(id)

    def add(self, transaction: Transaction, value: Value) -> None:
        transaction.put("record", self.record.of(self.key(value.id), value), self.record.pk.does_not_exist())

    def change(self, transaction: Transaction, before: Value, after: Value) -> None:
        """Sets the fields in which they differ."""
        changes = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
        transaction.change(
            "record",
            self.record(*self.key(before.id)),
            set_or_remove(self.record, changes),
            self.record.version == before.version,
        )

    def remove(self, transaction: Transaction, before: Value) -> None:
        transaction.remove("record", self.record(*self.key(before.id)), self.record.version == before.version)

    def page(self, after: int, limit: int, only: Condition | None = None) -> tuple[list[Value], bool]:
        """The next `limit` behind the id `after`, in id order, and whether there are more.

        One Query where the page lies within one partition; each partition that ends costs one more, the first that
        does a look at the counter.
        """
        found: list[Record] = []
        for partition in self._partitions(after):
            with answered():
                found += Record.query(
                    partition,
                    Record.sk > self.key(after)[1],
                    filter_condition=only,
                    consistent_read=True,
                    limit=limit + 1 - len(found),
                    page_size=max(limit + 1 - len(found), FEWEST_READ),
                )
            if len(found) > limit:
                break
        return [record.to_domain() for record in found[:limit]], len(found) > limit

    def every(self, only: Condition) -> Iterator[Value]:
        """All that meet the condition, which DynamoDB applies; one of its pages in memory at a time."""
        for partition in self._partitions(after=0):
            with answered():
                for record in Record.query(partition, filter_condition=only):
                    yield record.to_domain()

    def missing(self, id: int) -> NotFound:
        return NotFound(f"There is no {self.noun} {id}.")

    def _partitions(self, after: int) -> Iterator[str]:
        first = after + 1
        yield self.key(first)[0]
        # Asked for only once the first partition is through: most pages end within it.
        last = self.last_id()
        for id in range(first - first % IDS_PER_PARTITION + IDS_PER_PARTITION, last + 1, IDS_PER_PARTITION):
            yield self.key(id)[0]


ITEMS = Numbered[Item]("item", "items", item_key, ItemRecord)
API_KEYS = Numbered[ApiKey]("API key", "api_keys", api_key_key, ApiKeyRecord)
CUSTOMERS = Numbered[Customer]("customer", "customers", customer_key, CustomerRecord)
