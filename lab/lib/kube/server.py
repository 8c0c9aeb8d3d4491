"""HTTP(S): paths and bodies of requests, who may ask, watches as streams."""
import hmac
import http.server
import json
import socket
import ssl
import threading
import time
import urllib.parse

import errors
import kinds as discovery
import openapi
import protobuf
import tables
from selecting import Selector

VERSION = {"major": "1", "minor": "28", "gitVersion": "v1.28.15", "gitCommit": "", "gitTreeState": "clean",
           "buildDate": "2024-10-23T00:00:00Z", "goVersion": "go1.22.8", "compiler": "gc", "platform": "linux/amd64"}
OPENAPI_2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, api, token=None, tls=None):
        super().__init__(address, Handler)
        self.api, self.token, self.tls = api, token, tls

    def process_request_thread(self, request, client_address):
        # The handshake is the connection's own business: a slow client holds nobody up.
        if self.tls is not None:
            try:
                request.settimeout(30)
                request = self.tls.wrap_socket(request, server_side=True)
                request.settimeout(None)
            except (OSError, ssl.SSLError):
                return self.shutdown_request(request)
        super().process_request_thread(request, client_address)

    def handle_error(self, request, client_address):
        pass  # a client that went away


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_):
        pass

    def log_request(self, code="-", size="-"):
        # No query, no body: they may hold a secret.
        print(time.strftime("%H:%M:%S"), self.client_address[0], self.command, self.path.split("?")[0], code, flush=True)

    def handle_any(self):
        self.raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.route()
        except errors.Refusal as refusal:
            self.answer(refusal.code, refusal.body())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.answer(400, errors.bad_request(f"the lab's API cannot read this: {type(error).__name__}: {error}").body())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def authenticate(self):
        if self.server.token is None:
            return
        if self.server.tls is not None and self.connection.getpeercert():
            return
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            raise errors.unauthorized()

    def route(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        parts = [urllib.parse.unquote(part) for part in url.path.split("/") if part]
        if parts in (["healthz"], ["readyz"], ["livez"]):
            return self.answer_bytes(200, b"ok", "text/plain")
        self.authenticate()
        kinds = self.server.api.kinds
        if parts == ["version"]:
            return self.answer(200, VERSION)
        if parts == ["api"]:
            return self.answer(200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        if parts == ["apis"]:
            return self.answer(200, discovery.group_list(kinds))
        if parts == ["openapi", "v2"]:
            return self.answer_bytes(200, openapi.version_2(kinds), OPENAPI_2)
        if parts == ["openapi", "v3"]:
            return self.answer(200, openapi.version_3_index(kinds))
        if parts[:2] == ["openapi", "v3"]:
            group, version = ("", parts[3]) if parts[2] == "api" else (parts[3], parts[4])
            return self.answer(200, openapi.version_3(kinds, group, version))
        if parts[:1] == ["api"] and len(parts) >= 2:
            return self.route_group("", parts[1], parts[2:])
        if parts[:1] == ["apis"] and len(parts) == 2 and parts[1] in kinds.groups():
            return self.answer(200, discovery.group_document(parts[1], kinds.groups()[parts[1]]))
        if parts[:1] == ["apis"] and len(parts) >= 3:
            return self.route_group(parts[1], parts[2], parts[3:])
        raise errors.no_such_page()

    def route_group(self, group, version, rest):
        kinds = self.server.api.kinds
        if group == "authorization.k8s.io" and self.command == "POST":
            return self.answer(201, {**self.body(), "status": {"allowed": True}})
        if not kinds.of(group, version):
            raise errors.no_such_page()
        if not rest:
            return self.answer(200, discovery.resource_list(kinds, group, version))
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        kind = kinds.get(rest[0], group)
        if kind is None or version not in kind.versions or len(rest) > 3:
            raise errors.no_such_page()
        self.kind, self.version, self.namespace = kind, version, namespace
        if len(rest) == 1:
            return self.collection()
        self.entry(rest[1], rest[2] if len(rest) == 3 else None)

    def collection(self):
        api, dry = self.server.api, "dryRun" in self.query
        selector = Selector(self.namespace, self.query.get("labelSelector"), self.query.get("fieldSelector"))
        if self.command == "GET" and self.query.get("watch") in ("1", "true"):
            return self.watch(selector)
        if self.command == "POST":
            return self.answer_item(201, api.create(self.kind, self.namespace, self.body(), dry))
        items, version = api.store.list(self.kind, self.namespace)
        items = [item for item in items if selector.takes(item)]
        if self.command == "DELETE":
            for item in items:
                api.delete(self.kind, item["metadata"].get("namespace"), item["metadata"]["name"], self.body(), dry)
        elif self.command != "GET":
            raise errors.Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if self.wants_table():
            return self.answer(200, tables.table(self.kind, items, str(version)))
        self.answer(200, {"kind": self.kind.kind + "List", "apiVersion": self.kind.api_version(self.version),
                          "metadata": {"resourceVersion": str(version)}, "items": [self.shown(item) for item in items]})

    def entry(self, name, part):
        api, kind, namespace, dry = self.server.api, self.kind, self.namespace, "dryRun" in self.query
        if part not in (None, "finalize") and part not in kind.subresources() and part != "status":
            raise errors.no_such_page()
        if part == "log":
            api.store.get(kind, namespace, name)
            return self.answer_bytes(200, b"the lab's pods run nothing\n", "text/plain")
        if part == "eviction":
            api.delete(kind, namespace, name, {}, dry)
            return self.answer(201, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
        if part == "scale":
            return self.scale(name)
        if self.command == "GET":
            if self.query.get("watch") in ("1", "true"):
                return self.watch(Selector(namespace, name=name))
            item = api.store.get(kind, namespace, name)
            if self.wants_table():
                return self.answer(200, tables.table(kind, [item], item["metadata"]["resourceVersion"]))
            return self.answer_item(200, item)
        if self.command == "PUT":
            return self.answer_item(200, api.update(kind, namespace, name, self.body(), dry, part))
        if self.command == "PATCH":
            form = self.headers.get("Content-Type", "").split(";")[0]
            item, new = api.patch(kind, namespace, name, form, self.body(), dry, part, self.query.get("fieldManager", "unknown"))
            return self.answer_item(201 if new else 200, item)
        if self.command == "DELETE":
            options = self.body() or {}
            if "propagationPolicy" in self.query:
                options["propagationPolicy"] = self.query["propagationPolicy"]
            item = api.delete(kind, namespace, name, options, dry or bool(options.get("dryRun")))
            if item["metadata"].get("finalizers"):
                return self.answer_item(200, item)
            return self.answer(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": {
                "name": name, "group": kind.group, "kind": kind.plural, "uid": item["metadata"]["uid"]}})
        raise errors.Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def scale(self, name):
        wanted = None
        if self.command in ("PUT", "PATCH"):
            wanted = self.body().get("spec", {}).get("replicas")
        self.answer(200, self.server.api.scale(self.kind, self.namespace, name, wanted))

    def watch(self, selector):
        """A stream of events in chunks, until the client's time is over or it goes away."""
        store = self.server.api.store
        version = int(self.query.get("resourceVersion") or 0)
        until = time.monotonic() + min(float(self.query.get("timeoutSeconds") or 1800), 3600)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if version == 0:
            items, version = store.list(self.kind, self.namespace)
            for item in items:
                if selector.takes(item):
                    self.send_event("ADDED", item)
        while time.monotonic() < until:
            try:
                events, version = store.events_after(version, self.kind, 1)
            except errors.Refusal as refusal:
                self.send_chunk({"type": "ERROR", "object": refusal.body()})
                break
            for number, event, _, _, item, before in events:
                was, is_now = before is not None and selector.takes(before), event != "DELETED" and selector.takes(item)
                if is_now or was:
                    self.send_event("DELETED" if not is_now else "MODIFIED" if was else "ADDED", item)
            if not events and self.query.get("allowWatchBookmarks") in ("1", "true"):
                self.send_chunk({"type": "BOOKMARK", "object": {"kind": self.kind.kind, "apiVersion": self.kind.api_version(self.version),
                                                               "metadata": {"resourceVersion": str(version)}}})
        self.wfile.write(b"0\r\n\r\n")

    def send_event(self, event, item):
        shown = self.shown(item)
        if self.wants_table():
            shown = tables.table(self.kind, [item], item["metadata"]["resourceVersion"])
        self.send_chunk({"type": event, "object": shown})

    def send_chunk(self, value):
        data = json.dumps(value).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def body(self):
        if not self.raw:
            return {}
        if self.raw.startswith(protobuf.MAGIC):
            return protobuf.decode_object(self.raw)
        try:
            return json.loads(self.raw)
        except ValueError:
            raise errors.unsupported("the lab's API reads JSON, and YAML only where it is JSON") from None

    def wants_table(self):
        return "as=Table" in self.headers.get("Accept", "")

    def shown(self, item):
        """An object as the version that was asked for has it."""
        return {**item, "apiVersion": self.kind.api_version(self.version), "kind": self.kind.kind}

    def answer_item(self, code, item):
        self.answer(code, self.shown(item))

    def answer(self, code, value):
        self.answer_bytes(code, json.dumps(value).encode(), "application/json")

    def answer_bytes(self, code, data, kind):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def tls_context(folder):
    """TLS 1.2 or newer with the cluster's certificate; a client may show one of the same authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def serve(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return thread
