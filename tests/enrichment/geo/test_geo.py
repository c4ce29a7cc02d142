import ipaddress
from pathlib import Path
from typing import Any

import pytest

from app.enrichment.geo import Geo, Located, Place
from app.enrichment.network import Network
from app.sample import enrichment
from app.sample.enrichment import mmdb

ADDRESS = ipaddress.ip_address("192.0.2.1")
SHARED = Path(__file__).parents[4] / "shared" / "data" / "GeoLite2-City-test.mmdb"

CITY = {
    "city": {"names": {"de": "Mailand", "en": "Milan"}},
    "country": {"iso_code": "IT", "names": {"en": "Italy"}},
    "registered_country": {"iso_code": "SE"},
    "location": {"latitude": 45.46, "longitude": 9.19},
}
MILAN = Place("Milan", "Italy", "IT", 45.46, 9.19, "SE")


def geo(folder: Path, **records: Any) -> Geo:
    for name, record in records.items():
        (folder / f"{name}.mmdb").write_bytes(mmdb({"192.0.2.0/24": record}, "Test", "test"))
    return Geo(folder)


def located(databases: Geo) -> Located | None:
    return databases.lookup_many([ADDRESS]).get(ADDRESS)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(CITY, Located(None, MILAN), id="GeoLite2-City"),
        pytest.param(
            {"country": CITY["country"], "registered_country": {"iso_code": "SE"}},
            Located(None, Place("", "Italy", "IT", registered="SE")),
            id="GeoLite2-Country",
        ),
        pytest.param(
            {"autonomous_system_number": 20473, "autonomous_system_organization": "AS-CHOOPA"},
            Located(Network("20473", "", "AS-CHOOPA", "mmdb")),
            id="GeoLite2-ASN",
        ),
        pytest.param(
            {"asn": "AS20473", "as_name": "The Constant Company", "as_domain": "constant.com",
             "country": "United States", "country_code": "US", "continent": "North America"},
            Located(Network("20473", "US", "The Constant Company", "mmdb"),
                    Place("", "United States", "US", registered="US")),
            id="IPinfo Lite",
        ),
        pytest.param(
            {"city": "Chicago", "region": "Illinois", "country": "United States", "country_code": "US",
             "latitude": 41.85, "longitude": -87.65, "asn": "AS7029", "as_name": "Windstream"},
            Located(Network("7029", "US", "Windstream", "mmdb"),
                    Place("Chicago", "United States", "US", 41.85, -87.65, "US")),
            id="IPinfo Core",
        ),
        pytest.param(
            {"city": "Yonago", "country": "JP", "lat": "35.4481", "lng": "133.3614"},
            Located(None, Place("Yonago", "", "JP", 35.4481, 133.3614, "JP")),
            id="IPinfo location",
        ),
        pytest.param(
            {"asn": "AS13335", "name": "Cloudflare, Inc.", "domain": "cloudflare.com"},
            Located(Network("13335", "", "Cloudflare, Inc.", "mmdb")),
            id="IPinfo ASN",
        ),
        pytest.param(
            {"asn": "AS2519", "as_name": "ARTERIA", "country": "JP", "country_name": "Japan"},
            Located(Network("2519", "JP", "ARTERIA", "mmdb"), Place("", "Japan", "JP", registered="JP")),
            id="IPinfo country_asn",
        ),
    ],
)  # fmt: skip
def test_lookup_reads_the_fields_of_every_publisher(
    tmp_path: Path, record: Any, expected: Located
) -> None:
    assert located(geo(tmp_path, database=record)) == expected


def test_lookup_merges_databases(tmp_path: Path) -> None:
    databases = geo(
        tmp_path,
        a_country={"country": {"iso_code": "FR", "names": {"en": "France"}}},
        b_asn={"autonomous_system_number": 1, "autonomous_system_organization": "first"},
        c_city=CITY,
        d_asn={"autonomous_system_number": 2, "autonomous_system_organization": "second"},
    )
    assert located(databases) == Located(Network("1", "", "first", "mmdb"), MILAN)


@pytest.mark.parametrize(
    "record",
    ["text", [1], {"city": []}, {"asn": "none"}, {"asn": {}}, {"latitude": "north"},
     {"location": {"latitude": 91.0, "longitude": -181.0}}],
)  # fmt: skip
def test_lookup_of_a_record_of_another_shape_is_empty(tmp_path: Path, record: Any) -> None:
    assert located(geo(tmp_path, database=record)) is None


def test_lookup_cleans_names_from_outside(tmp_path: Path) -> None:
    record = {"asn": 1, "as_name": "A|B\nC\u202e"}
    assert located(geo(tmp_path, database=record)) == Located(Network("1", "", "A/B C", "mmdb"))


def test_lookup_leaves_out_what_no_database_knows(tmp_path: Path) -> None:
    other = ipaddress.ip_address("198.51.100.1")
    assert geo(tmp_path, database=CITY).lookup_many([other, ADDRESS]) == {
        ADDRESS: Located(None, MILAN)
    }


def test_databases_are_opened_again_when_they_change(tmp_path: Path) -> None:
    databases = geo(tmp_path)
    assert located(databases) is None
    for record, expected in (
        (CITY, Located(None, MILAN)),
        ({"city": "Rome"}, Located(None, Place("Rome"))),
    ):
        new = tmp_path / "new"
        new.write_bytes(mmdb({"192.0.2.0/24": record}, "Test", "test"))
        new.rename(tmp_path / "city.mmdb")
        assert located(databases) == expected
    (tmp_path / "city.mmdb").unlink()
    assert located(databases) is None


def test_broken_database_is_reported_and_the_others_serve(tmp_path: Path) -> None:
    databases = geo(tmp_path, city=CITY)
    (tmp_path / "broken.mmdb").write_bytes(b"no database")
    assert located(databases) == Located(None, MILAN)
    assert list(databases.errors()) == ["broken.mmdb"]
    assert list(databases.databases()) == ["city.mmdb"]


def test_geo_without_a_folder_knows_nothing(tmp_path: Path) -> None:
    assert located(Geo(tmp_path / "none")) is None


def test_bundled_databases() -> None:
    addresses = [ipaddress.ip_address(text) for text in ("203.0.113.211", "2001:db8::7")]
    assert list(Geo(enrichment.GEO).lookup_many(addresses).values()) == [
        Located(
            Network("64501", "", "EXAMPLE-HOSTING", "mmdb"),
            Place("Ashburn", "United States", "US", 39.04, -77.49, "US"),
        ),
        Located(
            Network("64505", "", "EXAMPLE-V6", "mmdb"),
            Place("Linköping", "Sweden", "SE", 58.41, 15.62, "SE"),
        ),
    ]


@pytest.mark.skipif(not SHARED.is_file(), reason="needs MaxMind's test database")
def test_maxminds_own_test_database() -> None:
    address = ipaddress.ip_address("89.160.20.112")
    assert Geo(SHARED.parent).lookup_many([address]) == {
        address: Located(None, Place("Linköping", "Sweden", "SE", 58.4167, 15.6167, "DE"))
    }
