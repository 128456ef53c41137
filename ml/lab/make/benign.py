# Clients of Python that behave, with the pauses of programs and people: benign.py KIND SECONDS SEED HOST
import asyncio
import os
import random
import socket
import sys
import time

kind, seconds, seed, host = sys.argv[1], float(sys.argv[2]) * float(os.environ.get("LAB_STRETCH", 1)), int(sys.argv[3]), sys.argv[4]
random.seed(seed + 1000 * int(os.environ.get("LAB_SEED", 0)))
end = time.monotonic() + seconds
WEB = f"http://{host}:8080"


def going():
    return time.monotonic() < end


async def pause(least, most):
    await asyncio.sleep(max(0, min(random.uniform(least, most), end - time.monotonic())))


async def talk():
    import websockets

    async def one(least, most, size):
        async with websockets.connect(f"ws://{host}:8080/talk") as ws:
            while going():
                await ws.send("x" * random.randint(2, size))
                await pause(least, most)
    await asyncio.gather(one(0.05, 0.4, 60), one(0.5, 5, 900), one(5, 15, 100), one(0.02, 0.1, 30))


async def news():
    import aiohttp
    async with aiohttp.ClientSession() as client:
        async def one(every):
            async with client.get(f"{WEB}/news?every={every}", timeout=None) as answer:
                async for _ in answer.content:
                    if not going():
                        return
        await asyncio.gather(*(one(every) for every in (0.1, 0.6, 3, 8)))


async def calls():
    """Many small calls on one connection of HTTP/2, as remote procedure calls make."""
    import httpx
    async with httpx.AsyncClient(http2=True, verify=False) as client:
        async def one():
            while going():
                name = random.choice([180, 900, 2400, 180, 180])
                await client.get(f"https://{host}/f{name}.bin")
                await pause(0.0, random.choice([0.02, 0.2, 2]))
        await asyncio.gather(*(one() for _ in range(4)))


async def microservice():
    """A pool of connections that grows and shrinks with the requests of others."""
    import aiohttp
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=12, keepalive_timeout=2)) as client:
        async def one():
            async with client.request(random.choice(["GET", "POST", "PUT"]), f"{WEB}/api?n={random.randint(1, 80)}",
                                      data=b"y" * random.randint(0, 3000)) as answer:
                await answer.read()
        while going():
            await asyncio.gather(*(one() for _ in range(random.randint(1, 12))))
            await pause(0.01, random.choice([0.1, 0.5, 4]))


async def webhooks():
    import aiohttp
    while going():
        async with aiohttp.ClientSession() as client:
            async with client.post(f"{WEB}/api?n=1", json={"event": "build", "id": random.random(), "text": "z" * random.randint(10, 4000)}) as answer:
                await answer.read()
        await pause(0.1, 3)


async def signin():
    """A person who mistypes a password once, and then works."""
    import aiohttp
    while going():
        async with aiohttp.ClientSession() as client:
            for word in random.choice([["right-horse"], ["rihgt-horse", "right-horse"], ["right-horse"]]):
                async with client.post(f"{WEB}/account", data={"user": "ann", "password": word}) as answer:
                    await answer.read()
                await pause(2, 5)
            for _ in range(random.randint(2, 9)):
                async with client.get(f"{WEB}/page{random.randint(1, 99)}") as answer:
                    await answer.read()
                await pause(0.3, 3)


async def burst():
    """Tests of a build: many short connections at once, then none."""
    import aiohttp
    while going():
        async def one():
            async with aiohttp.ClientSession() as client:
                async with client.get(f"{WEB}/item?id={random.randint(1, 500)}") as answer:
                    await answer.read()
        await asyncio.gather(*(one() for _ in range(random.randint(10, 30))))
        await pause(3, 9)


async def lines(port, first, questions, least, most, stay):
    while going():
        reader, writer = await asyncio.open_connection(host, port)
        if first:
            await asyncio.wait_for(reader.read(400), 5)
        for _ in range(random.randint(*stay)):
            if not going():
                break
            writer.write(random.choice(questions)())
            await asyncio.wait_for(reader.read(100_000), 5)
            await pause(least, most)
        writer.close()
        await pause(0.01, 0.6)


def bulk(*words):
    return f"*{len(words)}\r\n".encode() + b"".join(f"${len(w)}\r\n{w}\r\n".encode() for w in words)


async def redis():
    key = lambda: f"k{random.randint(1, 99)}"
    questions = [lambda: bulk("SET", key(), "v" * random.randint(1, 5000)), lambda: bulk("GET", key()), lambda: bulk("GET", key()),
                 lambda: bulk("INCR", "n"), lambda: bulk("PING")]
    await asyncio.gather(*(lines(6379, False, questions, 0.001, wait, (20, 400)) for wait in (0.02, 0.3, 2)),
                         lines(6379, False, questions, 0.001, 0.01, (1, 4)))


async def memcached():
    def put():
        text = "v" * random.randint(1, 3000)
        return f"set k{random.randint(1, 50)} 0 60 {len(text)}\r\n{text}\r\n".encode()
    questions = [put, lambda: f"get k{random.randint(1, 50)}\r\n".encode()]
    await asyncio.gather(*(lines(11211, False, questions, 0.001, wait, (1, 60)) for wait in (0.02, 0.5, 0.05)))


async def checks():
    """What a monitor does: opens, reads a greeting or asks one thing, and closes."""
    def tcp(port, ask=b"", greeting=True):
        try:
            with socket.create_connection((host, port), timeout=2) as sock:
                sock.settimeout(2)
                if greeting:
                    sock.recv(200)
                if ask:
                    sock.sendall(ask)
                    sock.recv(2000)
        except OSError:
            pass
    every = random.choice([1, 2, 3])
    while going():
        tcp(22, b"SSH-2.0-check_ssh_2.3\r\n")
        tcp(21, b"QUIT\r\n")
        tcp(8080, b"HEAD /health HTTP/1.0\r\nUser-Agent: check_http/2.3\r\n\r\n", False)
        tcp(8080, b"", False) if random.random() < 0.1 else None
        await pause(every, every * 1.1)


async def shell():
    """A deployment: keys are right, commands are short, one connection for each."""
    import asyncssh
    while going():
        async with asyncssh.connect(host, username="root", client_keys=["user_key"], known_hosts=None, config=None) as connection:
            for _ in range(random.choice([1, 1, 1, 3, 8])):
                await connection.run("uptime")
                await pause(0, 0.5)
        await pause(0.1, 2)


async def ftp():
    import ftplib

    def once():
        client = ftplib.FTP(host, timeout=6)
        client.login("ann", "right-horse")
        for _ in range(random.randint(1, 6)):
            client.retrbinary(f"RETR f{random.choice([180, 900, 7000, 90000, 900000])}.bin", lambda _: None)
            client.nlst()
        client.quit()
    while going():
        await asyncio.to_thread(once)
        await pause(0.2, 5)


async def upload():
    import aiohttp
    async with aiohttp.ClientSession() as client:
        while going():
            async with client.put(f"{WEB}/api?n=1", data=os.urandom(random.randint(200_000, 6_000_000))) as answer:
                await answer.read()
            await pause(0.1, 3)


async def syslog():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while going():
        for _ in range(random.choice([1, 1, 2, 30])):
            sock.sendto(f"<34>1 2026-01-01T00:00:00Z desk app {random.random()} - - {'m' * random.randint(10, 300)}".encode(), (host, 514))
        await pause(0.1, 2)


async def main():
    try:
        await asyncio.wait_for(globals()[kind](), seconds + 1)
    except (asyncio.TimeoutError, OSError, EOFError):
        pass


asyncio.run(main())
