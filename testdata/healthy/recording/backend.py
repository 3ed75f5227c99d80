"""A slow back end for nginx: /slow?seconds=N answers after so long, an upload is read and counted."""
import http.server
import time
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        time.sleep(float(query.get("seconds", ["0"])[0]))
        self.answer(b"done\n")

    def do_POST(self):
        self.answer(b"%d\n" % len(self.rfile.read(int(self.headers["Content-Length"]))))


http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
