"""Two small recipes: a file, and an instance that asks the master what it is and publishes where it is."""

import json
import socket
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen


class File:
    """Writes a file; an at sign in its text stands for a dollar sign."""

    def __init__(self, buildout, name, options):
        self.path = Path(buildout["buildout"]["directory"], options["path"])
        self.text = options["text"].replace("@", "$")
        self.mode = int(options.get("mode", "644"), 8)

    def install(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text + "\n")
        self.path.chmod(self.mode)
        return [str(self.path)]

    update = install


class Instance:
    """Reads the parameters of the partition, and publishes the URL of its page."""

    def __init__(self, buildout, name, options):
        self.connection = buildout["slap-connection"]
        self.directory = buildout["buildout"]["directory"]
        found = self.ask(
            "get.v0.compute_partition",
            computer_guid=self.connection["computer-id"],
            compute_partition_id=self.connection["partition-id"],
        )
        self.guid = found["instance_guid"]
        if found["parameters"].get("fail"):
            raise ValueError(found["parameters"]["fail"])
        options["greeting"] = found["parameters"].get("greeting") or "Hello"
        options["port"] = self.port(self.directory)
        self.url = f"http://127.0.0.1:{options['port']}/"
        options["url"] = self.url

    def ask(self, method, **query):
        url = f"{self.connection['server-url'].rstrip('/')}/slapos.{method}"
        request = Request(url, json.dumps(query).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def port(self, directory):
        kept = Path(directory, "port")
        if not kept.exists():
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", 0))
                kept.write_text(str(listener.getsockname()[1]))
        return kept.read_text()

    def install(self):
        # What else a scenario wants the deployment to do.
        twist = Path(self.directory, "twist")
        if twist.exists():
            subprocess.run([twist], check=True)
        self.ask(
            "put.v0.software_instance_connection_parameter",
            instance_guid=self.guid,
            connection_parameter_dict={"url": self.url},
        )
        return []

    update = install
