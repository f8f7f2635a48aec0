from typing import Any

from chalicelib.domain.conflict import Conflict
from chalicelib.routes.answer import Answer
from chalicelib.routes.customers import customer_json
from chalicelib.routes.operation import LIMIT, operation, text
from chalicelib.routes.request import Request
from chalicelib.services import exchange
from chalicelib.sync.event import Event

CURSOR_OF_CONFLICTS = text("cursor", "[0-9TZ]{22}-[0-9a-f]{12}", "one that a Link header has named", "Where to begin.")


@operation({200: "Received"}, body="CustomerEvent")
def receive_customer(request: Request) -> Answer:
    """Tell of a customer, from another site

    For peers: sites whose secret the shop knows. No API key; signed as
    [Standard Webhooks](https://www.standardwebhooks.com) has it. `webhook-id` is yours, up to 200 characters, the same
    however often you send the event; `webhook-timestamp` is now in seconds since 1970, and good for five minutes;
    `webhook-signature` is `v1,` and the base64 of the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` under
    the bytes that stand in base64 behind `whsec_` in your secret. The body is taken as it comes over the wire.

    The event tells the whole of what you hold of the customer. `customer` has the fields by the names that you have
    agreed on with the shop, else `name`, `phone`, `address`, `email` and `tax_id`; one that is left out stays as it is
    here, `null` and `""` empty it. `archived` left out is `false`. Count `version` up with each change of your own,
    from the one you have: of two changes that don't know of each other the higher version wins, of equal ones the site
    whose name comes later. Send the same version again and nothing happens.

    Any 2xx is a success, whatever the `outcome`: `applied` (it is here now), `known` (nothing new), `won` or `lost`
    (against a change made here at the same time; the loser is kept for the shop's admin). On anything else, or no
    answer, send it again later. What changes here is sent to your address in the same way; answer 410 to be told
    nothing more.
    """
    peer = request.peer
    assert peer is not None
    told = Event(**{"seen": {}, "archived": False, **request.body()["data"]})
    return request.carry_out(
        lambda work: exchange.receive(told, peer, work), lambda outcome: Answer({"outcome": outcome})
    )


@operation({200: "Digest"})
def get_digest(request: Request) -> Answer:
    """Get a digest of all customers, page by page

    Customers are dealt out to 256 pages by the first two digits of their uid's SHA-256. The digest of a page is the
    sum, modulo 2^256, of the SHA-256 of `<version>-<site> <uid>` of each of them. Two sites whose digests are the same
    hold the same. A page without customers is left out. Peers sign as they do for events, over an empty body.
    """
    return Answer({"pages": exchange.digests()})


@operation({200: "Peers"})
def list_peers(request: Request) -> Answer:
    """List the sites that customers are exchanged with"""
    found = exchange.list_peers(request.clock.now())
    return Answer([{"site": peer.site, "address": peer.address, "stopped_at": at} for peer, at in found])


@operation({204: ""})
def resume_peer(request: Request) -> Answer:
    """Tell a peer of changes again

    After it has answered 410 Gone, which stops it. What it has missed follows with the nightly comparison.
    """
    site = request.text("peer")
    return request.carry_out(lambda work: exchange.resume_peer(site, work), lambda _: Answer("", 204))


def conflict_json(conflict: Conflict) -> dict[str, Any]:
    return dict(vars(conflict))


@operation({200: "Conflicts"}, parameters=[LIMIT, CURSOR_OF_CONFLICTS])
def list_conflicts(request: Request) -> Answer:
    """List the changes that lost

    Two sites have changed a customer without knowing of each other. The newest first.
    """
    found, more = exchange.list_conflicts(request.query(CURSOR_OF_CONFLICTS), request.query(LIMIT))
    following = found[-1].id if more else None
    return request.page([(conflict.id, conflict_json(conflict)) for conflict in found], following)


@operation({200: "Customer"})
def apply_conflict(request: Request) -> Answer:
    """Make a change that lost once more

    On what is there now, so that it wins; it is told to the other sites as any change is.
    """
    id = request.text("conflict")
    return request.carry_out(
        lambda work: exchange.apply_conflict(id, work),
        lambda customer: Answer(customer_json(customer), version=customer.revision),
    )


@operation({204: ""})
def dismiss_conflict(request: Request) -> Answer:
    """Dismiss a change that lost"""
    id = request.text("conflict")
    return request.carry_out(lambda work: exchange.dismiss_conflict(id, work), lambda _: Answer("", 204))
