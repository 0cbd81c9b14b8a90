import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** The file that a static host answers a path with: as it is, with `.html`, or a folder's index. */
export function fileOf(dist, base, path) {
  if (!path.startsWith(base)) return undefined;
  const file = normalize(join(dist, decodeURIComponent(path.slice(base.length))));
  if (!file.startsWith(dist)) return undefined;
  const candidates = [file, `${file}.html`, join(file, "index.html")];
  return candidates.find((each) => existsSync(each) && statSync(each).isFile());
}

/** Serves a built site below `base`, on loopback only. Resolves its origin and how to stop it. */
export async function serve(dist, base) {
  const server = createServer((request, response) => {
    const file = fileOf(dist, base, new URL(request.url ?? "/", "http://localhost").pathname);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => new Promise((done) => server.close(done).closeAllConnections());
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}
