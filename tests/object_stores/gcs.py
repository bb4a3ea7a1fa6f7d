"""As much of Google Cloud Storage's XML interface as a store uses, in memory.

The emulators that can be had without a download of their own speak its JSON
interface only. This one is ours, and proves that requests are formed and
answers read as documented, not that the service behaves so.
https://cloud.google.com/storage/docs/xml-api/reference-methods
"""

import sys
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

objects = {}  # bucket and name -> bytes, generation, time
uploads = {}  # upload -> part number -> bytes
counter = 0
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def parts(self):
        url = urlsplit(self.path)
        bucket, _, name = unquote(url.path).lstrip("/").partition("/")
        query = {k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return (bucket, name), query, body

    def store(self, key, body):
        global counter
        counter += 1
        objects[key] = (body, counter, formatdate(usegmt=True))
        return counter

    def do_PUT(self):
        key, query, body = self.parts()
        with lock:
            if "uploadId" in query:
                uploads[query["uploadId"]][int(query["partNumber"])] = body
                return self.answer(200, ETag=f'"{query["partNumber"]}"')
            if self.headers.get("x-goog-if-generation-match") == "0" and key in objects:
                return self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            generation = self.store(key, body)
        self.answer(200, ETag=f'"{generation}"', x_goog_generation=generation)

    def do_POST(self):
        global counter
        key, query, _ = self.parts()
        with lock:
            if "uploads" in query:
                counter += 1
                uploads[str(counter)] = {}
                bucket, name = (escape(text) for text in key)
                body = f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{name}</Key><UploadId>{counter}</UploadId></InitiateMultipartUploadResult>"
                return self.answer(200, body.encode())
            parts = uploads.pop(query["uploadId"])
            generation = self.store(key, b"".join(parts[n] for n in sorted(parts)))
        body = f'<CompleteMultipartUploadResult><ETag>"{generation}"</ETag></CompleteMultipartUploadResult>'
        self.answer(200, body.encode(), x_goog_generation=generation)

    def do_DELETE(self):
        key, query, _ = self.parts()
        with lock:
            if "uploadId" in query:
                uploads.pop(query["uploadId"], None)
                return self.answer(204)
            gone = objects.pop(key, None)
        self.answer(204 if gone else 404)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        key, query, _ = self.parts()
        if not key[1]:
            return self.list(key[0], query)
        with lock:
            found = objects.get(key)
        if not found:
            return self.answer(404)
        body, generation, time = found
        about = {"ETag": f'"{generation}"', "x_goog_generation": generation, "Last_Modified": time}
        wanted = self.headers.get("Range")
        if not wanted:
            return self.answer(200, body, **about)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        if first:
            start, end = int(first), min(int(last or len(body)), len(body) - 1)
        else:
            start, end = max(0, len(body) - int(last)), len(body) - 1
        about["Content_Range"] = f"bytes {start}-{end}/{len(body)}"
        self.answer(206, body[start : end + 1], **about)

    def list(self, bucket, query):
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
        files, folders = [], set()
        with lock:
            for (other, name), (body, generation, _) in sorted(objects.items()):
                if other != bucket or not name.startswith(prefix):
                    continue
                rest = name[len(prefix) :]
                if delimiter and delimiter in rest:
                    folders.add(prefix + rest.split(delimiter)[0] + delimiter)
                else:
                    files.append(
                        f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                        f'<ETag>"{generation}"</ETag><Size>{len(body)}</Size></Contents>'
                    )
        folders = [f"<CommonPrefixes><Prefix>{escape(f)}</Prefix></CommonPrefixes>" for f in sorted(folders)]
        body = "<ListBucketResult>" + "".join(files + folders) + "</ListBucketResult>"
        self.answer(200, body.encode(), Content_Type="application/xml")

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
