"""An SSH server on loopback that plays several machines: each command runs here, with the cache of its machine.

``python -m tests.distributed.ssh_server HOME`` writes the keys and the settings of a user who may log in to every
``*.trading.com`` under HOME/.ssh, says that it is ready, and serves until it is ended.
"""

import asyncio
import contextlib
import os
import re
import sys
from pathlib import Path

import asyncssh


async def run_command(process: "asyncssh.SSHServerProcess[bytes]", home: Path) -> None:
    command = process.command or "true"
    machine = re.search(r"machine\d", command)
    environment = {**os.environ}
    if machine is not None:
        environment["ADMF_JIT_CACHE_DIR"] = str(home / machine[0] / "cache")
    # `exec`, so that what is signalled is the command and no shell.
    started = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        f"exec {command}",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.gather(_copy(started.stdout, process.stdout), _copy(started.stderr, process.stderr))
        process.exit(await started.wait())
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()


async def _copy(source: asyncio.StreamReader | None, target: "asyncssh.SSHWriter[bytes]") -> None:
    while source is not None and (content := await source.read(1 << 16)):
        target.write(content)


async def serve(home: Path) -> None:
    folder = home / ".ssh"
    folder.mkdir(mode=0o700)
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user_key.write_private_key(folder / "id_ed25519")
    user_key.write_public_key(folder / "authorized_keys")
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=str(folder / "authorized_keys"),
        process_factory=lambda process: run_command(process, home),
        encoding=None,
    )
    port = server.get_port()
    (folder / "config").write_text(f"Host *.trading.com\n  HostName 127.0.0.1\n  Port {port}\n", encoding="utf-8")
    public = host_key.export_public_key().decode().strip()
    names = f"[127.0.0.1]:{port},[*.trading.com]:{port},*.trading.com"
    (folder / "known_hosts").write_text(f"{names} {public}\n", encoding="utf-8")
    print("ready", flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
