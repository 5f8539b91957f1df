import pytest

from localcloud.cosmos.physics.offers import Offer, OfferError, StoredAmount, from_headers, replaced

NOTHING = StoredAmount()


def test_the_headers_of_a_creation_name_manual_or_autoscale_throughput():
    assert from_headers({}) is None
    assert from_headers({"x-ms-offer-throughput": "500"}) == Offer(500, False, 500)
    autoscale = from_headers({"x-ms-cosmos-offer-autopilot-settings": '{"maxThroughput": 4000}'})
    assert autoscale == Offer(4_000, True, 4_000)


@pytest.mark.parametrize("throughput", ["0", "399", "450", "1000100", "-400", "4e2", "", "lots", "9" * 400])
def test_manual_throughput_is_in_steps_of_100_from_400(throughput):
    with pytest.raises(OfferError):
        from_headers({"x-ms-offer-throughput": throughput})


@pytest.mark.parametrize("maximum", ["900", "1500", "1001000", '"x"', "null", "true", "1000.5"])
def test_autoscale_is_in_steps_of_1000_from_1000(maximum):
    with pytest.raises(OfferError):
        from_headers({"x-ms-cosmos-offer-autopilot-settings": f'{{"maxThroughput": {maximum}}}'})


@pytest.mark.parametrize("settings", ["", "[]", "{", "4000"])
def test_settings_that_are_no_object_are_refused(settings):
    with pytest.raises(OfferError):
        from_headers({"x-ms-cosmos-offer-autopilot-settings": settings})


def test_both_kinds_at_once_are_refused():
    with pytest.raises(OfferError):
        from_headers({"x-ms-offer-throughput": "400", "x-ms-cosmos-offer-autopilot-settings": '{"maxThroughput":4000}'})


def test_a_refusal_is_in_the_services_words():
    with pytest.raises(OfferError, match="between 400 and 1000000 inclusive in increments of 100"):
        from_headers({"x-ms-offer-throughput": "450"})


@pytest.mark.covers("the least throughput there may be, manual and autoscale")
@pytest.mark.parametrize(
    ("offer", "stored", "least"),
    [
        (Offer(400, False, 400), NOTHING, 400),
        (Offer(400, False, 100_000), NOTHING, 1_000),
        (Offer(400, False, 400), StoredAmount(gigabytes=550.5), 600),
        (Offer(400, False, 400), StoredAmount(containers=30), 900),
        (Offer(20_000, True, 20_000), StoredAmount(gigabytes=1_500), 15_000),
        (Offer(150_000, True, 150_000), StoredAmount(gigabytes=100), 15_000),
        (Offer(1_000, True, 1_000), StoredAmount(containers=27), 3_000),
    ],
)
def test_the_least_throughput_is_the_documented_one(offer, stored, least):
    assert offer.least(stored) == least
    with pytest.raises(OfferError, match=f"between {least} and"):
        offer.changed(least - 100, stored)
    assert offer.changed(least, stored).throughput == least


def put(offer, content, headers=None, stored=NOTHING):
    return replaced(offer, {"content": content}, headers or {}, stored)


def test_replacing_keeps_the_highest_ever_provisioned():
    offer = put(put(Offer(400, False, 400), {"offerThroughput": 50_000}), {"offerThroughput": 500})
    assert offer == Offer(500, False, 50_000)
    with pytest.raises(OfferError):
        put(offer, {"offerThroughput": 400})


def test_the_maximum_of_autoscale_is_replaced():
    body = {"offerThroughput": 100, "offerAutopilotSettings": {"maxThroughput": 8_000}}
    assert put(Offer(1_000, True, 1_000), body) == Offer(8_000, True, 8_000)


@pytest.mark.covers("switching between manual throughput and autoscale")
def test_only_the_migration_headers_change_the_kind():
    manual, autoscale = Offer(400, False, 400), Offer(4_000, True, 4_000)
    for offer, content in [
        (manual, {"offerThroughput": 400, "offerAutopilotSettings": {"maxThroughput": 4_000}}),
        (autoscale, {"offerThroughput": 5_000}),
        (autoscale, {"offerThroughput": 5_000, "offerAutopilotSettings": {"maxThroughput": 4_000}}),
    ]:
        with pytest.raises(OfferError, match="migration API"):
            put(offer, content)


@pytest.mark.parametrize(
    ("throughput", "gigabytes", "maximum"), [(400, 0, 1_000), (10_000, 25, 10_000), (50_000, 25_000, 250_000)]
)
def test_the_switch_to_autoscale_starts_at_the_documented_maximum(throughput, gigabytes, maximum):
    headers = {"x-ms-cosmos-migrate-offer-to-autopilot": "true"}
    switched = put(Offer(throughput, False, throughput), {}, headers, StoredAmount(gigabytes))
    assert (switched.throughput, switched.autoscale) == (maximum, True)


def test_the_switch_to_manual_starts_at_what_was_the_maximum():
    headers = {"x-ms-cosmos-migrate-offer-to-manual-throughput": "true"}
    assert put(Offer(20_000, True, 20_000), {}, headers) == Offer(20_000, False, 20_000)


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"content": 4}, {"content": {}}, {"content": {"offerThroughput": True}}]
)
def test_a_body_that_is_no_offer_is_refused(body):
    with pytest.raises(OfferError):
        replaced(Offer(400, False, 400), body, {}, NOTHING)


def test_the_content_is_what_the_sdk_reads():
    assert Offer(500, False, 500).content(NOTHING)["offerThroughput"] == 500
    content = Offer(4_000, True, 4_000).content(NOTHING)
    assert content["offerAutopilotSettings"] == {"maxThroughput": 4_000}
    assert content["offerThroughput"] == 400
    assert content["isOfferReplacePending"] is False
