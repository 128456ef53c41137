# An application, a secure shell and FTP of Python, for lab traffic only: appServer.py ADDRESS FOLDER
import asyncio
import random
import sys
import threading
import time

import asyncssh
from aiohttp import WSMsgType, web
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

address, folder = sys.argv[1], sys.argv[2]
RIGHT = "right-horse"
FILLER = "lorem ipsum dolor sit amet " * 8000


async def login(request):
    values = await request.json() if request.content_type == "application/json" else await request.post()
    await asyncio.sleep(random.uniform(0.005, 0.04))
    if values.get("password") == RIGHT:
        return web.json_response({"token": "abc"})
    return web.json_response({"error": "wrong user name or password"}, status=401)


async def form(request):
    if request.method == "GET":
        return web.Response(text=f"<form method=post><input name=user><input type=password name=password></form>{FILLER[:900]}", content_type="text/html")
    values = await request.post()
    raise web.HTTPFound("/home" if values.get("password") == RIGHT else "/account?error=1")


async def item(request):
    text = request.query_string if request.method == "GET" else (await request.text())[:4000]
    words = text.lower()
    if "'" in words or "%27" in words or "union" in words:
        return web.Response(status=500, text="You have an error in your SQL syntax near " + text[:200])
    return web.Response(text=f"<p>{text}</p>{FILLER[: 200 + len(text) * 41 % 7000]}", content_type="text/html")


async def api(request):
    await asyncio.sleep(random.uniform(0.001, 0.05))
    body = await request.read()
    n = int(request.query.get("n", random.randint(1, 40)))
    return web.json_response({"got": len(body), "items": [{"id": i, "name": f"item {i}"} for i in range(n)]})


async def news(request):
    out = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await out.prepare(request)
    for i in range(1000):
        await out.write(f"data: {FILLER[: random.randint(10, 700)]}\n\n".encode())
        await asyncio.sleep(random.expovariate(1 / float(request.query.get("every", 1))))
    return out


async def talk(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)

    async def push():
        while not socket.closed:
            await asyncio.sleep(random.uniform(0.3, 4))
            await socket.send_str(FILLER[: random.randint(5, 400)])
    pushing = asyncio.create_task(push())
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data[::-1])
    pushing.cancel()
    return socket


async def page(request):
    return web.Response(text=FILLER[: 300 + hash(request.path) % 30000], content_type="text/html")


class Shell(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    async def validate_password(self, username, password):
        await asyncio.sleep(random.uniform(0.05, 0.6))
        return password == RIGHT


async def run_command(process):
    process.stdout.write(FILLER[: random.randint(20, 9000)])
    process.exit(0)


def serve_ftp():
    users = DummyAuthorizer()
    users.add_user("ann", RIGHT, folder + "/site")
    users.add_anonymous(folder + "/site")
    FTPHandler.authorizer = users
    FTPHandler.auth_failed_timeout = 1
    FTPServer((address, 21), FTPHandler).serve_forever()


async def main():
    app = web.Application(client_max_size=1 << 28)
    app.router.add_post("/login", login)
    app.router.add_route("*", "/account", form)
    app.router.add_route("*", "/item", item)
    app.router.add_route("*", "/api", api)
    app.router.add_get("/news", news)
    app.router.add_get("/talk", talk)
    app.router.add_route("*", "/{rest:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, address, 8080).start()
    await asyncssh.create_server(Shell, address, 22, server_host_keys=[folder + "/host_key"],
                                 authorized_client_keys=folder + "/user_key.pub", process_factory=run_command, sftp_factory=True)
    threading.Thread(target=serve_ftp, daemon=True).start()
    while True:
        await asyncio.sleep(3600)


random.seed(time.time())
asyncio.run(main())
