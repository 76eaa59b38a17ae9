import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** What was given; else the first 8 hex digits of the id that Docker gives as host name; random where that is something else. */
export const containerId = (given: string, host = hostname()): string =>
	given || (/^[0-9a-f]{12}$/.test(host) ? host.slice(0, 8) : randomBytes(4).toString("hex"));
