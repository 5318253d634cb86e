#!/usr/bin/env python3
"""Makes the sample month that `gnomon demo` imports: October 2026 of an invented company of 25 people.

The same script always writes the same files. Names of people, addresses and sizes are made up; host names are public ones.
Run it in this folder: python3 make_sample.py
"""

import datetime
import gzip
import io
import random

UTC = datetime.timezone.utc
FIRST = datetime.datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 31
WRITTEN = int(datetime.datetime(2026, 11, 1, 0, 5, tzinfo=UTC).timestamp())
PROXY_OUTAGE = 21  # the proxy wrote nothing on 21 October

dice = random.Random(20261001)

SALES = ["a.keller", "b.roth", "c.vogel", "d.simon", "e.busch", "f.arnold"]
ENGINEERING = ["g.winter", "h.brandt", "i.lorenz", "j.kraus", "k.ott", "l.seidel", "m.haas"]
OFFICE = ["n.franke", "o.pohl", "p.engel", "q.horn", "r.sauer", "s.berger"]
MARKETING = ["t.jung", "u.hahn", "v.schulz", "w.graf"]
MANAGEMENT = ["x.lang", "y.stein"]
PEOPLE = SALES + ENGINEERING + OFFICE + MARKETING + MANAGEMENT
ADDRESS = {name: f"10.20.1.{20 + index}" for index, name in enumerate(PEOPLE)}

BUSINESS = """outlook.office365.com teams.microsoft.com login.microsoftonline.com sharepoint.com graph.microsoft.com
www.google.com fonts.gstatic.com www.bing.com de.wikipedia.org www.heise.de www.spiegel.de www.tagesschau.de www.bahn.de
www.linkedin.com static.licdn.com www.xing.com github.com objects.githubusercontent.com stackoverflow.com docs.rs
www.iana.org www.w3.org www.ietf.org my.salesforce.com app.hubspot.com zoom.us slack.com edgeapi.slack.com www.notion.so
www.figma.com miro.com atlassian.net www.dropbox.com www.datev.de www.elster.de portal.sap.com www.ups.com www.dhl.de
www.amazon.de m.media-amazon.com www.otto.de www.ikea.com www.wetter.com maps.googleapis.com ssl.gstatic.com
update.googleapis.com ocsp.digicert.com ctldl.windowsupdate.com settings-win.data.microsoft.com detectportal.firefox.com
browser-intake-datadoghq.com o33249.ingest.sentry.io api.segment.io cdn.jsdelivr.net www.youtube.com i.ytimg.com""".split()

# user -> (host, how likely per working day, most requests per day)
HABITS = {}


def habit(users, host, chance, most):
    for user in users:
        HABITS.setdefault(user, []).append((host, chance, most))


habit(["a.keller", "b.roth", "c.vogel", "n.franke", "o.pohl", "p.engel", "t.jung", "u.hahn", "x.lang", "g.winter"], "chatgpt.com", 0.55, 9)
habit(["a.keller", "t.jung", "u.hahn"], "cdn.oaistatic.com", 0.4, 2)
habit(["g.winter", "i.lorenz", "k.ott", "x.lang", "v.schulz"], "claude.ai", 0.5, 7)
habit(["g.winter", "i.lorenz", "j.kraus", "k.ott", "l.seidel"], "api.githubcopilot.com", 0.9, 12)
habit(["m.haas"], "api2.cursor.sh", 0.8, 14)
habit(["q.horn", "r.sauer", "s.berger", "d.simon", "n.franke"], "www.deepl.com", 0.6, 5)
habit(["e.busch", "j.kraus"], "chat.deepseek.com", 0.25, 5)
habit(["f.arnold", "w.graf", "y.stein"], "www.perplexity.ai", 0.35, 4)
habit(["d.simon", "s.berger", "l.seidel", "w.graf"], "gemini.google.com", 0.3, 5)
habit(["x.lang", "y.stein", "o.pohl", "r.sauer"], "copilot.microsoft.com", 0.4, 4)
habit(["v.schulz"], "www.midjourney.com", 0.4, 6)
habit(["t.jung"], "app.runwayml.com", 0.2, 4)
habit(["b.roth", "c.vogel"], "app.fireflies.ai", 0.3, 3)
habit(["p.engel", "u.hahn", "w.graf"], "gnar.grammarly.com", 0.7, 4)
habit(["k.ott"], "openrouter.ai", 0.3, 6)
habit(["l.seidel"], "huggingface.co", 0.4, 5)
habit(["h.brandt"], "dns.google", 0.9, 4)
habit(["h.brandt"], "mozilla.cloudflare-dns.com", 0.5, 3)


def moment(day, start=7.5, end=18.0):
    hour = min(max(dice.gauss((start + end) / 2, 2.6), start), end)
    return FIRST + datetime.timedelta(days=day, hours=hour, milliseconds=dice.randrange(3_600_000))


def is_workday(day):
    return (FIRST + datetime.timedelta(days=day)).weekday() < 5


def squid_line(at, client, result, size, method, target, user, kind="-", elapsed=None):
    stamp = f"{at.timestamp():.3f}"
    elapsed = dice.randrange(20, 9000) if elapsed is None else elapsed
    via = "HIER_NONE/-" if result.startswith("TCP_DENIED") else f"HIER_DIRECT/198.51.100.{dice.randrange(1, 255)}"
    return at, f"{stamp} {elapsed:6d} {client} {result} {size} {method} {target} {user} {via} {kind}"


def tunnel(at, user, host, size):
    return squid_line(at, ADDRESS[user], "TCP_TUNNEL/200", size, "CONNECT", f"{host}:443", user)


def people_in_the_proxy(day):
    for user in PEOPLE:
        if dice.random() < 0.08:
            continue  # not at work
        start = moment(day, 7.0, 9.0)
        yield squid_line(start, ADDRESS[user], "TCP_DENIED/407", 3897, "CONNECT", "outlook.office365.com:443", "-", "text/html", 0)
        for _ in range(dice.randrange(7, 17)):
            yield tunnel(moment(day), user, dice.choice(BUSINESS), int(dice.lognormvariate(9, 1.6)))
        for host, chance, most in HABITS.get(user, []):
            if dice.random() < chance:
                for _ in range(dice.randrange(1, most + 1)):
                    yield tunnel(moment(day), user, host, int(dice.lognormvariate(10.5, 1.2)))


def self_hosted(day):
    for user in ["i.lorenz", "j.kraus", "m.haas"]:
        for _ in range(dice.randrange(0, 6)):
            path, kind = dice.choice([("/api/chat", "application/x-ndjson"), ("/api/chat", "application/x-ndjson"), ("/api/tags", "application/json")])
            method = "GET" if path.endswith("tags") else "POST"
            yield squid_line(moment(day), ADDRESS[user], "TCP_MISS/200", dice.randrange(400, 30000), method, f"http://10.9.3.4:11434{path}", user, kind)
    for _ in range(dice.randrange(2, 9)):
        yield squid_line(moment(day), "10.20.9.15", "TCP_MISS/200", dice.randrange(900, 20000), "POST",
                         "http://10.9.3.20:8000/v1/chat/completions", "-", "text/event-stream")
    for _ in range(dice.randrange(1, 4)):
        yield squid_line(moment(day), ADDRESS["k.ott"], "TCP_MISS/200", dice.randrange(300, 4000), "POST", "http://10.9.3.31:8811/mcp", "k.ott", "text/event-stream")


def machines(day):
    for hour in range(0, 24, 6):
        at = FIRST + datetime.timedelta(days=day, hours=hour, seconds=dice.randrange(3600))
        yield squid_line(at, "10.20.9.15", "TCP_TUNNEL/200", dice.randrange(2000, 60000), "CONNECT", "api.openai.com:443", "-")
        yield squid_line(at, "10.20.9.20", "TCP_MISS/200", dice.randrange(500, 9000), "GET", "http://10.20.9.30:8000/health", "-", "application/json")
        yield squid_line(at, "10.20.9.21", "TCP_MISS/200", dice.randrange(500, 9000), "GET", "http://deb.debian.org/debian/dists/stable/InRelease", "-", "text/plain")


def oddities(day):
    if day == 8:
        yield tunnel(moment(day), "e.busch", "chatgpt.com.account-check.example", 4100)
        yield tunnel(moment(day), "e.busch", "notopenai.com", 3900)
    if day == 14:
        yield squid_line(moment(day), ADDRESS["f.arnold"], "TCP_DENIED/403", 4200, "CONNECT", "character.ai:443", "f.arnold", "text/html")
        at = moment(day)
        yield at, f"{at.timestamp():.3f}    120 10.20.1.44 TCP_TUNNEL/200"
    if day == 27:
        at = moment(day)
        yield at, f"{at.timestamp():.3f} squid restarted with a half written line"


def squid():
    lines = []
    for day in range(DAYS):
        if day + 1 == PROXY_OUTAGE:
            continue
        lines.extend(machines(day))
        if is_workday(day):
            lines.extend(people_in_the_proxy(day))
            lines.extend(self_hosted(day))
        lines.extend(oddities(day))
    return [text for _, text in sorted(lines)]


BRANCH = {f"10.30.2.{10 + index}": hosts for index, hosts in enumerate([
    ["chatgpt.com", "ab.chatgpt.com"], ["claude.ai"], ["www.deepl.com"], ["chat.mistral.ai"], ["gemini.google.com", "chatgpt.com"],
    [], [], ["otter.ai"], ["character.ai"], [],
])}


def dnsmasq():
    lines = []
    for day in range(DAYS):
        for client, ai in BRANCH.items():
            if not is_workday(day) and dice.random() < 0.8:
                continue
            names = [dice.choice(BUSINESS) for _ in range(dice.randrange(3, 9))]
            names += [name for name in ai for _ in range(dice.randrange(0, 4))]
            for name in names:
                at = moment(day)
                head = f"{at:%b} {at.day:2d} {at:%H:%M:%S} dnsmasq[812]: "
                kind = dice.choice(["A", "A", "AAAA", "HTTPS"])
                lines.append((at, 0, f"{head}query[{kind}] {name} from {client}"))
                if dice.random() < 0.3:
                    lines.append((at, 1, f"{head}forwarded {name} to 9.9.9.9"))
                    lines.append((at, 2, f"{head}reply {name} is 198.51.100.{dice.randrange(1, 255)}"))
    return [text for _, _, text in sorted(lines)]


SERVERS = ["10.20.9.15", "10.20.9.16", "10.20.9.20", "10.20.9.25"]


def bind():
    lines = []
    for day in range(DAYS):
        for _ in range(dice.randrange(30, 60)):
            client, name = dice.choice(SERVERS), dice.choice(BUSINESS)
            lines.append((moment(day, 0, 23), client, name, "A"))
        for _ in range(dice.randrange(1, 6)):
            lines.append((moment(day, 0, 23), "10.20.9.15", "api.openai.com", dice.choice(["A", "AAAA"])))
        if is_workday(day) and day > 12:
            lines.append((moment(day, 0, 23), "10.20.9.25", "api.mistral.ai", "A"))
            lines.append((moment(day, 0, 23), "10.20.9.16", "bedrock-runtime.eu-central-1.amazonaws.com", "A"))
        lines.append((moment(day, 0, 23), "10.20.9.2", "openai.com", dice.choice(["MX", "TXT"])))  # the mail server checks a sender
    text = []
    for at, client, name, kind in sorted(lines):
        port, identity = dice.randrange(1024, 65535), f"@0x7f{dice.randrange(16**6):06x}"
        stamp = f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03d}"
        text.append(f"{stamp} queries: info: client {identity} {client}#{port} ({name}): query: {name} IN {kind} +E(0)K (10.20.9.53)")
    return text


def write(name, lines):
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=WRITTEN) as out:
        out.write(("\n".join(lines) + "\n").encode())
    with open(name, "wb") as file:
        file.write(packed.getvalue())
    print(f"{name}: {len(lines)} lines, {len(packed.getvalue())} bytes")


write("proxy-squid.log.gz", squid())
write("branch-dnsmasq.log.gz", dnsmasq())
write("servers-bind.log.gz", bind())
