"""Load run: nginx, bare Pingora and Gnomon forward the same requests to the same upstream, one after the other.

Each proxy runs with one worker on core 0, the upstream and wrk on core 1. CPU per request is the proxy's user and
system time from /proc divided by the requests that wrk counted. Rounds alternate, so that noise of the machine hits
all alike; the median of the rounds is shown.
"""
import argparse, json, os, pathlib, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "target" / "release"
TICK = os.sysconf("SC_CLK_TCK")
WORDS = "the quarterly report shows steady growth in the northern region while costs of freight rose a little and the team suggests to keep the plan for autumn ".split()


def chat(size):
    text = ""
    i = 0
    while len(text) < size - 120:
        text += WORDS[i % len(WORDS)] + " "
        i += 1
    return json.dumps({"model": "demo-1", "messages": [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": text}]})


def wait_port(port, process, seconds=30):
    for _ in range(seconds * 20):
        if process.poll() is not None:
            sys.exit(f"a process that should listen on {port} ended with {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def family(pid):
    """The process and its children: nginx works in a child."""
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:
            continue  # the thread ended while we looked
        pids += [int(child) for child in children]
    return pids


def cpu_seconds(pid):
    total = 0
    for each in family(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mib(pid):
    pages = 0
    for each in family(pid):
        pages += int(pathlib.Path(f"/proc/{each}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def wrk(port, script, seconds, connections):
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://127.0.0.1:{port}/v1/chat/completions"], capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if errors or "Socket errors" in out:
        sys.exit(f"requests failed on port {port}:\n{out}")
    latency = {p: v for p, v in re.findall(r"\s+(50|99)%\s+(\S+)", out)}
    return requests, latency


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--json")
    options = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gnomon-load-"))
    running = []

    def start(core, port, *command, env=None):
        log = open(folder / f"{port}.log", "w")
        process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], stderr=log, stdout=log, env={**os.environ, **(env or {})})
        running.append(process)
        wait_port(port, process)
        return process

    try:
        start(1, 9100, BIN / "load_upstream", "127.0.0.1:9100")
        (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  client_max_body_size 64m; client_body_buffer_size 1m; keepalive_requests 100000000;
  upstream u {{ server 127.0.0.1:9100; keepalive 64; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:9101; location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}
""")
        nginx = start(0, 9101, shutil.which("nginx"), "-c", folder / "nginx.conf", "-e", folder / "error.log")
        pingora = start(0, 9102, BIN / "examples" / "bare_pingora", "127.0.0.1:9102", "127.0.0.1:9100")
        (folder / "gnomon.toml").write_text(f"""
[server]
listen = "127.0.0.1:9103"
admin = "127.0.0.1:9104"
state = "{folder}/state"
threads = 1
[[upstream]]
name = "load"
url = "http://127.0.0.1:9100"
service = "load-upstream"
[[route]]
name = "load"
path = "/"
upstream = "load"
""")
        gnomon = start(0, 9103, BIN / "gnomon", "run", "--config", folder / "gnomon.toml")
        made = subprocess.run([BIN / "gnomon", "key", "create", "load", "--format", "json", "--state", folder / "state"], capture_output=True, text=True, check=True).stdout
        key = json.loads(made)["key"]
        time.sleep(1.5)
        idle = resident_mib(gnomon.pid)
        proxies = [("nginx", nginx, 9101), ("bare Pingora", pingora, 9102), ("Gnomon, everything on", gnomon, 9103)]
        rows, served = [], 0
        for label, size in (("1 KiB", 1024), ("16 KiB", 16384)):
            script = folder / f"{size}.lua"
            head, tail = chat(size).split(WORDS[0], 1)
            # No two requests are alike: what the gateway remembers of a text must not flatter it.
            script.write_text(f'wrk.method="POST"\nwrk.headers["content-type"]="application/json"\nwrk.headers["authorization"]="Bearer {key}"\n'
                f'local count = os.time() * 1000\nfunction request()\n count = count + 1\n return wrk.format(nil, nil, nil, [==[{head}]==] .. "item " .. count .. [==[ {WORDS[0]}{tail}]==])\nend\n')
            taken = {name: [] for name, _, _ in proxies}
            for _ in range(options.rounds):
                for name, process, port in proxies:
                    wrk(port, script, 1, options.connections)
                    before = cpu_seconds(process.pid)
                    requests, latency = wrk(port, script, options.seconds, options.connections)
                    used = cpu_seconds(process.pid) - before
                    taken[name].append((used / requests * 1e6, requests / options.seconds, latency))
                    served += requests if process is gnomon else 0
            for name, values in taken.items():
                cpu = statistics.median(v[0] for v in values)
                rows.append({"chat": label, "proxy": name, "cpu_us": round(cpu, 1), "requests_per_s": round(statistics.median(v[1] for v in values)), "p50": values[-1][2].get("50"), "p99": values[-1][2].get("99")})
        print(f"{'chat':8}{'proxy':26}{'CPU us/request':>15}{'requests/s':>12}{'p50':>10}{'p99':>10}")
        for row in rows:
            print(f"{row['chat']:8}{row['proxy']:26}{row['cpu_us']:>15}{row['requests_per_s']:>12}{row['p50']:>10}{row['p99']:>10}")
        after = resident_mib(gnomon.pid)
        print(f"\nresident memory of Gnomon: idle {idle:.0f} MiB, after {served} requests {after:.0f} MiB")
        gnomon.send_signal(signal.SIGTERM)
        gnomon.wait(60)
        verified = subprocess.run([BIN / "gnomon", "evidence", "verify", folder / "state" / "evidence", "--format", "json"], capture_output=True, text=True)
        print(f"evidence log after the run: {verified.stdout.strip()}")
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps({"rows": rows, "idle_mib": idle, "after_mib": after, "requests": served}, indent=1))
    finally:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


main()
