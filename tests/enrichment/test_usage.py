from pathlib import Path

from app.enrichment.lookup import lookup
from app.enrichment.usage import Usage, usage
from tests.enrichment.own_provider import SETTINGS, cache, files, known, provider, secret
from tests.enrichment.provider_server import ProviderServer, json_reply


def test_usage_of_a_provider_that_nobody_asked(tmp_path: Path) -> None:
    assert usage(provider(), cache(tmp_path).store) == Usage(0, None, None, "")


def test_usage_tells_requests_quota_and_cache(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    kept, limited = cache(tmp_path), provider(quota=10)
    lookup(files(3), [limited], kept, SETTINGS, secret)
    lookup(files(5), [limited], kept, SETTINGS, secret)
    assert usage(limited, kept.store) == Usage(5, 5, 3 / 8, "")


def test_usage_tells_why_a_provider_is_left_alone(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = lambda _: json_reply({"message": "quota"}, 429, **{"Retry-After": "3600"})
    kept = cache(tmp_path)
    lookup(files(1), [provider()], kept, SETTINGS, secret)
    assert usage(provider(), kept.store) == Usage(1, None, 0, "HTTP 429: quota")
