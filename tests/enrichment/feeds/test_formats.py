"""Every format as its publisher writes it, read from a file."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from app.enrichment.feed_formats import sources
from app.enrichment.feed_formats.entry import Entry, FeedError

URLHAUS = """\
################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"2","2026-01-02 10:00:00","http://192.0.2.9:8080/Mozi.m","online","2026-01-03 10:00:00","malware_download","32-bit,elf,Mozi","https://urlhaus.abuse.ch/url/2/","someone"
"1","2026-01-01 10:00:00","http://example.com/a,b.exe","offline","","malware_download","None","https://urlhaus.abuse.ch/url/1/","someone"
"""
THREATFOX = """\
# ThreatFox IOCs: recent additions - CSV format                #
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"
"2026-01-01 10:00:00", "7", "198.51.100.9:5555", "ip:port", "botnet_cc", "win.cobalt_strike", "Agentemis,BEACON", "Cobalt Strike", "2026-01-02 10:00:00", "75", "False", "None", "CobaltStrike,drb-ra", "0", "abuse_ch"
"2026-01-01 10:00:00", "8", "c2.example.org", "domain", "botnet_cc", "js.clearfake", "None", "ClearFake", "", "100", "False", "None", "", "1", "anonymous"
# Number of entries: 2
"""
FEODO = """\
################################################################
# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #
################################################################
#
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2026-01-01 10:00:00","203.0.113.5","443","online","2026-01-02","QakBot"
# END 1 entries
"""
TEXT = """\
# a comment
; another
192.0.2.1\t# why
198.51.100.0/24 ; SBL1
0.0.0.0 ads.example.com
127.0.0.1 localhost

hxxp://evil[.]example[.]com/a
"""
OWN = "host;family;when\nc2.example.org;Emotet;2026-01-02\n;none;\n"
MISP_EVENT = {
    "Event": {
        "uuid": "11111111-2222-4333-8444-555555555555",
        "date": "2026-01-01",
        "Tag": [{"name": "tlp:white"}, {"name": 'misp-galaxy:malpedia="GootKit"'}],
        "Attribute": [
            {"type": "domain|ip", "value": "c2.example.com|192.0.2.1", "to_ids": True, "timestamp": "1767323045"},
            {"type": "ip-dst|port", "value": "192.0.2.2|443", "to_ids": True},
            {"type": "domain", "value": "not-for-detection.example.com", "to_ids": False},
            {"type": "domain", "value": "deleted.example.com", "to_ids": True, "deleted": True},
            {"type": "comment", "value": "text", "to_ids": True},
            {"type": "url", "value": "http://example.com/a|b", "to_ids": True, "Tag": [{"name": "dropper"}]},
        ],
        "Object": [
            {"Attribute": [{"type": "malware-sample", "value": "a.exe|" + "a" * 32, "to_ids": True}]}
        ],
    }
}  # fmt: skip
BUNDLE = {
    "type": "bundle",
    "objects": [
        {"type": "malware", "id": "malware--1", "name": "Poison Ivy"},
        {
            "type": "indicator",
            "id": "indicator--1",
            "pattern_type": "stix",
            "pattern": "[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.2']",
            "modified": "2026-01-02T00:00:00.000Z",
            "valid_until": "2027-01-01T00:00:00.000Z",
            "confidence": 60,
            "indicator_types": ["anomalous-activity"],
            "labels": ["c2", "misp:to_ids"],
            "external_references": [{"source_name": "a", "url": "https://example.com/report"}],
        },
        {
            "type": "indicator",
            "id": "indicator--2",
            "pattern": "[a:b = 'c'",
            "pattern_type": "stix",
        },
        {
            "type": "indicator",
            "id": "indicator--3",
            "pattern": "alert tcp",
            "pattern_type": "snort",
        },
        {
            "type": "indicator",
            "id": "indicator--4",
            "pattern": "[domain-name:value = 'a.example.com']",
            "revoked": True,
        },
        {
            "type": "relationship",
            "relationship_type": "indicates",
            "source_ref": "indicator--1",
            "target_ref": "malware--1",
        },
    ],
}


def read(path: Path) -> list[Entry]:
    (source,) = sources.find(path.parent)
    broken: list[str] = []
    entries = list(sources.read(source, sources.load_settings(source).columns, broken))
    assert broken == []
    return entries


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_text_list(tmp_path: Path) -> None:
    texts = [
        "192.0.2.1",
        "198.51.100.0/24",
        "ads.example.com",
        "127.0.0.1",
        "hxxp://evil[.]example[.]com/a",
    ]
    assert read(write(tmp_path / "list.txt", TEXT)) == [Entry(text) for text in texts]


def test_text_list_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("192.0.2.1\r\nexample.com\r\n".encode("utf-16"))
    assert read(path) == [Entry("192.0.2.1"), Entry("example.com")]


def test_urlhaus_dump(tmp_path: Path) -> None:
    assert read(write(tmp_path / "urlhaus.csv", URLHAUS)) == [
        Entry(
            "http://192.0.2.9:8080/Mozi.m",
            ("malware_download", "32-bit", "elf", "Mozi", "online"),
            "https://urlhaus.abuse.ch/url/2/",
            "2",
            "2026-01-03 10:00:00",
        ),
        Entry(
            "http://example.com/a,b.exe",
            ("malware_download", "offline"),
            "https://urlhaus.abuse.ch/url/1/",
            "1",
            "2026-01-01 10:00:00",
        ),
    ]


def test_threatfox_dump(tmp_path: Path) -> None:
    path = write(tmp_path / "recent.csv", THREATFOX)
    assert read(path) == [
        Entry(
            "198.51.100.9:5555",
            ("Cobalt Strike", "botnet_cc", "CobaltStrike", "drb-ra"),
            id="7",
            seen="2026-01-02 10:00:00",
            score=75,
        ),
        Entry("c2.example.org", ("ClearFake", "botnet_cc"), id="8", seen="2026-01-01 10:00:00", score=100),
    ]  # fmt: skip
    settings = sources.load_settings(sources.find(tmp_path)[0])
    assert (settings.name, settings.link) == ("ThreatFox", "https://threatfox.abuse.ch/ioc/{id}/")


def test_feodo_dump(tmp_path: Path) -> None:
    assert read(write(tmp_path / "feodo.csv", FEODO)) == [
        Entry("203.0.113.5", ("QakBot", "online"), seen="2026-01-02", port="443")
    ]


def test_table_with_the_users_mapping(tmp_path: Path) -> None:
    write(tmp_path / "own.csv.yaml", "csv: {value: host, tags: family, seen: when, delimiter: ';'}")
    assert read(write(tmp_path / "own.csv", OWN)) == [
        Entry("c2.example.org", ("Emotet",), seen="2026-01-02")
    ]


def test_table_with_columns_by_number(tmp_path: Path) -> None:
    write(tmp_path / "own.csv.yaml", "csv: {value: 2, tags: 1}")
    assert read(write(tmp_path / "own.csv", "a,192.0.2.1\nb,192.0.2.2\n")) == [
        Entry("192.0.2.1", ("a",)),
        Entry("192.0.2.2", ("b",)),
    ]


def test_packed_files(tmp_path: Path) -> None:
    for folder, name in (("gz", "feodo.csv.gz"), ("zip", "feodo.csv.zip")):
        path = tmp_path / folder / name
        path.parent.mkdir()
        if folder == "gz":
            path.write_bytes(gzip.compress(FEODO.encode(), mtime=0))
        else:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("ipblocklist.csv", FEODO)
        assert [entry.text for entry in read(path)] == ["203.0.113.5"]


def test_misp_feed(tmp_path: Path) -> None:
    folder = tmp_path / "misp"
    folder.mkdir()
    event = MISP_EVENT["Event"]["uuid"]
    write(folder / "manifest.json", json.dumps({event: {"info": "x"}, "../../etc/passwd": {}}))
    write(folder / f"{event}.json", json.dumps(MISP_EVENT))
    write(folder / "unlisted.json", "no JSON")
    gootkit = {"tags": ("GootKit",), "id": event, "seen": "2026-01-01"}
    assert read(folder) == [
        Entry("c2.example.com", **{**gootkit, "seen": "2026-01-02"}),
        Entry("192.0.2.1", **{**gootkit, "seen": "2026-01-02"}),
        Entry("192.0.2.2", **gootkit, port="443"),
        Entry("http://example.com/a|b", **{**gootkit, "tags": ("dropper", "GootKit")}),
        Entry("a" * 32, **gootkit),
    ]


def test_misp_feed_without_some_events_gives_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "misp"
    folder.mkdir()
    event, missing = MISP_EVENT["Event"]["uuid"], "11111111-2222-4333-8444-666666666666"
    write(folder / "manifest.json", json.dumps({event: {}, missing: {}}))
    write(folder / f"{event}.json", json.dumps(MISP_EVENT))
    broken: list[str] = []
    (source,) = sources.find(tmp_path)
    assert len(list(sources.read(source, None, broken))) == 5
    assert [text.partition(":")[0] for text in broken] == [f"{missing}.json"]


def test_misp_export_of_several_events(tmp_path: Path) -> None:
    path = write(tmp_path / "export.json", json.dumps({"response": [MISP_EVENT, MISP_EVENT]}))
    assert len(read(path)) == 10


def test_stix_bundle(tmp_path: Path) -> None:
    told = {
        "tags": ("Poison Ivy", "c2"),
        "link": "https://example.com/report",
        "id": "indicator--1",
        "seen": "2026-01-02",
        "until": "2027-01-01T00:00:00",
        "score": 60,
        "verdict": "suspicious",
    }
    unreadable = Entry("[a:b = 'c'", id="indicator--2")
    assert read(write(tmp_path / "bundle.json", json.dumps(BUNDLE))) == [
        Entry("192.0.2.1", **told),
        Entry("192.0.2.2", **told),
        unreadable,
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "empty.txt: empty"),
        ("a.exe", b"MZ", "'.exe' is no kind of feed"),
        ("a.csv", b"ip,when\n192.0.2.1,now\n", "not a known dump: write a.csv.yaml beside it"),
        ("a.json", b"{}", "neither a STIX bundle nor a MISP event"),
        ("a.json", b"[", "not readable as JSON"),
        ("a.json", b'{"Event": []}', "not in MISP's format"),
        ("a.json", b'{"objects": [{"type": "indicator"}]}', "not in STIX's format"),
        ("a.txt.gz", b"no gzip", "a.txt.gz: not readable"),
        ("a.txt.gz", gzip.compress(b"192.0.2.1\n" * 999, mtime=0)[:-20], "a.txt.gz: not readable"),
        ("a.txt.zip", b"no zip", "a.txt.zip: not readable"),
    ],
)
def test_broken_feeds_say_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FeedError) as caught:
        read(tmp_path / name)
    assert message in str(caught.value)


def test_table_without_the_mapped_column_names_those_it_has(tmp_path: Path) -> None:
    write(tmp_path / "a.csv.yaml", "csv: {value: host}")
    with pytest.raises(FeedError, match="no column 'host': it has ip, when"):
        read(write(tmp_path / "a.csv", "ip,when\n192.0.2.1,now\n"))


def test_find_gives_feeds_by_path_and_leaves_out_what_is_none(tmp_path: Path) -> None:
    for name in (
        "a.txt", "a.txt.yaml", "b/c.csv.gz", "b/.hidden.txt", "README.md", ".git/x.txt",
        "misp/manifest.json", "misp/1.json", "list",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert [(source.key, source.name) for source in sources.find(tmp_path)] == [
        ("a.txt", "a"),
        ("b/c.csv.gz", "b/c"),
        ("list", "list"),
        ("misp", "misp"),
    ]


def test_find_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert sources.find(tmp_path / "none") == []
