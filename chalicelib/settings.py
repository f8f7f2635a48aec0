"""The environment, read once into one frozen record. Every setting is named here and nowhere else."""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Company(NamedTuple):
    """Who sends the invoices, as printed at the top right of each."""

    name: str
    address: str
    phone: str
    email: str
    logo: str
    """Path of a PNG or JPEG file, or "" for none."""


class Settings(NamedTuple):
    """Of one stage, as `.chalice/config.json` and the template give them."""

    table_name: str
    bucket_name: str
    file_removals_url: str
    """Of the queue in which the files of dropped invoices wait to be removed."""
    site: str
    """What this shop calls itself to its peers."""
    peers_file: str
    """Of the peers, as sync/peers.py reads them, in development; "" for none."""
    peers_parameter: str
    """The same in the Parameter Store; "" for none."""
    loopback_peers: bool
    """Whether peers may be on this machine, without TLS: for development and tests."""
    customer_events_url: str
    """Of the queue in which changes of customers wait to be told to peers."""
    currency: str
    """ISO 4217 code of the shop's one currency."""
    company: Company
    reorder_point: int
    """Pieces at or below which an item without a reorder point of its own is low."""
    expiry_days: int
    """Days ahead in which an expiring item is listed."""
    stock_list_hour: int
    """Hour of the day, UTC, at which the stock list is written."""
    local_admin_key: str
    """A key that may do everything, for development; refused in Lambda."""
    link_seconds: int
    """How long a download link is good for."""
    cors_origins: frozenset[str]
    """Web pages of these origins may call; `*` stands for all of them."""


SITE = "^[a-z0-9][a-z0-9-]{0,30}$"
"""What a site may be called."""

PROJECT = Path(__file__).parent.parent


@cache
def settings() -> Settings:
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError naming the variable that is wrong."""

    def text(name: str, default: str = "") -> str:
        return environment.get(name, default)

    def number(name: str, default: int, lowest: int, highest: int) -> int:
        value = text(name, str(default))
        if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
            raise ValueError(f"{name} must be a whole number from {lowest} to {highest}, not {value!r}")
        return int(value)

    def file(name: str) -> str:
        path = PROJECT / text(name)
        if text(name) and not path.is_file():
            raise ValueError(f"{name} must be a file in the project, such as chalicelib/logo.png, not {text(name)!r}")
        return str(path) if text(name) else ""

    def origins(name: str) -> frozenset[str]:
        for origin in text(name).split():
            if not re.fullmatch(r"\*|https?://[a-z0-9.-]+(:[0-9]{1,5})?", origin):
                raise ValueError(f"{name} must be origins such as https://shop.example, or *, not {origin!r}")
        return frozenset(text(name).split())

    if text("LOCAL_ADMIN_KEY") and text("AWS_LAMBDA_FUNCTION_NAME"):
        raise ValueError("LOCAL_ADMIN_KEY is for development; a deployed stage must not have it")
    currency = text("CURRENCY", "USD")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(f"CURRENCY must be a code of ISO 4217, such as EUR, not {currency!r}")
    site = text("SITE", "main")
    if not re.fullmatch(SITE, site):
        raise ValueError(f"SITE must be up to 31 small letters, digits and hyphens, not {site!r}")
    return Settings(
        table_name=text("TABLE_NAME", "stockroom"),
        bucket_name=text("BUCKET_NAME", "stockroom"),
        file_removals_url=text("FILE_REMOVALS_URL"),
        site=site,
        peers_file=text("PEERS_FILE"),
        peers_parameter=text("PEERS_PARAMETER"),
        loopback_peers=text("LOOPBACK_PEERS") == "true",
        customer_events_url=text("CUSTOMER_EVENTS_URL"),
        currency=currency,
        company=Company(
            name=text("COMPANY_NAME", "Stockroom"),
            address=text("COMPANY_ADDRESS"),
            phone=text("COMPANY_PHONE"),
            email=text("COMPANY_EMAIL"),
            logo=file("COMPANY_LOGO"),
        ),
        reorder_point=number("REORDER_POINT", 5, 0, 10**9),
        expiry_days=number("EXPIRY_DAYS", 5, 0, 3650),
        stock_list_hour=number("STOCK_LIST_HOUR", 0, 0, 23),
        local_admin_key=text("LOCAL_ADMIN_KEY"),
        link_seconds=number("LINK_SECONDS", 900, 1, 604800),
        cors_origins=origins("CORS_ORIGINS"),
    )
