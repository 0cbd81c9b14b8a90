import { request } from "node:http";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { parseRestUri } from "@vfkit-machine/vfkit-config";

/** A request as no client of ours would make it. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

export interface RawReply {
  readonly status: number;
  readonly contentType?: string;
  readonly location?: string;
  readonly body: string;
}

/** @param uri as of `--restful-uri` */
export async function rawRequest(uri: string, asked: RawRequest): Promise<RawReply> {
  const endpoint = parseRestUri(uri);
  if (endpoint.kind === "none") throw new Error(`nobody is at ${uri}`);
  const to = endpoint.kind === "unix" ? endpoint : { host: endpoint.host, port: endpoint.port };
  const { method, path, body } = asked;
  const sent = request({ ...to, method, path, agent: false, timeout: 10_000 });
  sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { "content-type": contentType, location } = response.headers;
  return {
    status: response.statusCode ?? 0,
    ...(contentType === undefined ? {} : { contentType }),
    ...(location === undefined ? {} : { location }),
    body: await text(response),
  };
}
