import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** First 8 hex digits of the id that Docker gives as host name; random where the host name is something else. */
export const containerId = (host = hostname()): string =>
	/^[0-9a-f]{12}$/.test(host) ? host.slice(0, 8) : randomBytes(4).toString("hex");
