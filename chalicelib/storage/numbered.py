"""Items and customers: records with ids counted up from 1, in pages of ids, so that a list needs no index.

Beside each stand entries that lead to it: one for each word it is found by, and one for what no other may have, its sku
or uid. They are written in the same transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import NotFound
from chalicelib.domain.item import Item
from chalicelib.domain.search import LONGEST_EMAIL, digits, item_words, words
from chalicelib.storage.table import (
    IDS_PER_PARTITION,
    ApiKeyRecord,
    CounterRecord,
    CustomerRecord,
    EntryRecord,
    ItemRecord,
    Key,
    Record,
    api_key_key,
    counter_key,
    customer_key,
    digest_key,
    item_key,
    low_mark,
    sku_key,
    uid_key,
    word_key,
)
from chalicelib.storage.transaction import Transaction, answered, fetch, set_or_remove

FEWEST_READ = 101
"""Records looked at in one Query: where most don't meet a condition, small pages would take many."""

ITEM_WORDS = "ITEM_WORDS"
CUSTOMER_NAMES = "CUSTOMER_NAMES"
CUSTOMER_PHONES = "CUSTOMER_PHONES"
CUSTOMER_EMAILS = "CUSTOMER_EMAILS"

Value = TypeVar("Value", Item, Customer, ApiKey)


@dataclass(frozen=True)
class Numbered(Generic[Value]):
    """Records of one kind, counted up from 1: how they are found, listed and written, with their entries."""

    noun: str
    counter: str
    key: Callable[[int], Key]
    record: type[ItemRecord | CustomerRecord | ApiKeyRecord]
    own: Callable[[str], Key] = digest_key
    """Key of the entry for what no other may have."""
    entries: Callable[[Value], set[Key]] = lambda _: set()
    rest: Callable[[Value], Condition] | None = None
    """What must be as before besides the version, where that alone doesn't tell."""

    def next_id(self, count: int = 1) -> int:
        """The first of so many. Ids are never given twice; one whose record was then not written stays unused."""
        counter = CounterRecord(*counter_key(self.counter))
        with answered():
            counter.update(actions=[CounterRecord.value.add(count)])
        return int(counter.value) - count + 1

    def last_id(self) -> int:
        """0 where there has been none."""
        for counter in fetch([counter_key(self.counter)], CounterRecord):
            return int(counter.value)
        return 0

    def get(self, id: int) -> Value:
        """As it is now. Raises NotFound."""
        for value in self.get_all([id]).values():
            return value
        raise self.missing(id)

    def get_all(self, ids: list[int]) -> dict[int, Value]:
        """Those there are of at most 100. One round trip."""
        return {record.id: record.to_domain() for record in fetch([self.key(id) for id in ids])} if ids else {}

    def owners(self, texts: Iterable[str]) -> dict[str, int]:
        """Whose these are, at most 100, as far as they are anybody's. One round trip."""
        texts_by_key: dict[Key, str] = {self.own(text): text for text in texts}
        found = fetch([*texts_by_key]) if texts_by_key else []
        return {texts_by_key[record.pk, record.sk]: record.id for record in found}

    def add(self, transaction: Transaction, value: Value) -> None:
        transaction.put("record", self.record.of(self.key(value.id), value), self.record.pk.does_not_exist())
        self._enter(transaction, value.id, self.entries(value))

    def change(self, transaction: Transaction, before: Value, after: Value) -> None:
        """Sets the fields in which they differ."""
        changes = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
        if isinstance(after, Item):
            changes["low_stock"] = low_mark(after)
        transaction.change(
            "record",
            self.record(*self.key(before.id)),
            set_or_remove(self.record, changes),
            self._still(before),
        )
        was, will_be = self.entries(before), self.entries(after)
        self._enter(transaction, after.id, will_be - was)
        self._strike_out(transaction, was - will_be)

    def write(self, transaction: Transaction, before: Value | None, after: Value) -> None:
        """Adds it, or changes it where anything is different."""
        if before is None:
            self.add(transaction, after)
        elif after != before:
            self.change(transaction, before, after)

    def actions(self, before: Value | None, after: Value) -> int:
        """How many `write` takes of a transaction."""
        if after == before:
            return 0
        return 1 + len(self.entries(after) ^ (self.entries(before) if before else set()))

    def remove(self, transaction: Transaction, before: Value) -> None:
        transaction.remove("record", self.record(*self.key(before.id)), self._still(before))
        self._strike_out(transaction, self.entries(before))

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

    def every(self, only: Condition | None = None) -> Iterator[Any]:
        """Records of all that meet the condition, which DynamoDB applies; one of its pages in memory at a time."""
        for partition in self._partitions(after=0):
            with answered():
                yield from Record.query(partition, filter_condition=only)

    def missing(self, id: int) -> NotFound:
        return NotFound(f"There is no {self.noun} {id}.")

    def _still(self, before: Value) -> Condition:
        same = self.record.version == before.version
        return same & self.rest(before) if self.rest else same

    def _enter(self, transaction: Transaction, id: int, entries: set[Key]) -> None:
        for key in sorted(entries):
            mine = EntryRecord.pk.does_not_exist() | (EntryRecord.id == id)
            transaction.put(" ".join(key), EntryRecord(*key, id=id), mine)

    def _strike_out(self, transaction: Transaction, entries: set[Key]) -> None:
        for key in sorted(entries):
            transaction.remove(" ".join(key), EntryRecord(*key))

    def _partitions(self, after: int) -> Iterator[str]:
        first = after + 1
        yield self.key(first)[0]
        # Asked for only once the first partition is through: most pages end within it.
        last = self.last_id()
        for id in range(first - first % IDS_PER_PARTITION + IDS_PER_PARTITION, last + 1, IDS_PER_PARTITION):
            yield self.key(id)[0]


def archived_is(archived: bool) -> Condition:
    """Of an item or a customer."""
    return ItemRecord.archived == archived


def _entries_of_item(item: Item) -> set[Key]:
    own = {sku_key(item.sku)} if item.sku else set()
    return own | {word_key(ITEM_WORDS, word, item.id) for word in item_words(item)}


def _entries_of_customer(customer: Customer) -> set[Key]:
    found_by: dict[str, list[str]] = {
        CUSTOMER_NAMES: words(customer.name),
        CUSTOMER_PHONES: [digits(customer.phone)[:20]],
        CUSTOMER_EMAILS: [(customer.email or "").casefold()[:LONGEST_EMAIL]],
    }
    keys = {word_key(index, word, customer.id) for index, each in found_by.items() for word in each if word}
    return keys | {uid_key(customer.uid)}


def _same_change(customer: Customer) -> Condition:
    """Sites count on their own, and take notice of each other without counting."""
    same: Condition = (CustomerRecord.site == customer.site) & (CustomerRecord.seen == customer.seen)
    return same


ITEMS = Numbered[Item]("item", "items", item_key, ItemRecord, sku_key, _entries_of_item)
CUSTOMERS = Numbered[Customer](
    "customer", "customers", customer_key, CustomerRecord, uid_key, _entries_of_customer, _same_change
)
API_KEYS = Numbered[ApiKey]("API key", "api_keys", api_key_key, ApiKeyRecord)
