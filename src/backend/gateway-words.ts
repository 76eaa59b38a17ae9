import { join, relative } from "node:path";

/** The one path where a $ begins a variable, and nginx knows no other way to write it: below its prefix there is none. */
export const accessLog = (directory: string, logs: string): string =>
	join(logs.includes("$") ? relative(directory, logs) : logs, "nginx-access.log");

/** A path as one word of nginx, which takes a backslash for the sign of an escape, and / on Windows, too. */
export const quoted = (path: string): string =>
	`"${path.replaceAll("\\", path.startsWith("/") ? "\\\\" : "/").replaceAll('"', '\\"')}"`;

/** A value of map, whose own words need a backslash (https://nginx.org/en/docs/http/ngx_http_map_module.html#map). */
export const valueOfMap = (module: string): string =>
	/^(?:default|hostnames|include|volatile)$/.test(module) ? `\\${module}` : module;

/** A location with its lines. */
export const location = (name: string, lines: readonly string[]): string[] => [
	`location ${name} {`,
	...indent(lines),
	"}",
];

/** Lines of a block. */
export const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `    ${line}`));
/** The same as one text. */
export const indented = (lines: readonly string[]): string => indent(lines).join("\n");
