import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { PERIMETER } from "../contracts/perimeter.ts";
import { counted, table } from "../system/text.ts";
import { placeText } from "./check.ts";
import type { PerimeterDocument } from "./document.ts";
import type { PerimeterReport } from "./report.ts";

/** One screen: each table of the document, then what cannot be read in it. */
export function renderPerimeter(document: PerimeterDocument): string {
	const { planes, hosts, ports, allowed, forbidden, endpoints, faults } = document;
	const rows = {
		planes: planes.map(({ name, where, runs, neverRuns }) => [name, where, runs, neverRuns]),
		hosts: hosts.map(({ name, plane, addresses, floating }) => [
			name,
			plane,
			floating ? "floating" : addresses.join(", ") || "-",
		]),
		ports: ports.map(({ service, plane, port, reachedFrom }) => [
			service,
			plane,
			port === null ? "-" : String(port),
			reachedFrom.join(", "),
		]),
		allowed: allowed.map(({ address, ports: open, why }) => [address, open.join(", ") || "all", why]),
		forbidden: forbidden.map(({ address, why }) => [address, why]),
		endpoints: endpoints.map(({ instance, host, port, via, tunnel }) => [instance, host, String(port), via, tunnel]),
	};
	const sections = (Object.keys(rows) as (keyof typeof rows)[]).map((key) => {
		const { heading, columns } = PERIMETER[key];
		const headers = columns.slice(0, key === "hosts" ? 3 : undefined).map((column) => column.toUpperCase());
		return `${heading}\n${rows[key].length > 0 ? table(headers, rows[key]) : "none"}`;
	});
	return [...sections, ...faults.map(({ line, message }) => `✖ ${PERIMETER_FILE}:${line} ${message}`)].join("\n\n");
}

/** What to mend, each with its place, the rule and the fix; the counts at the end. */
export function renderReport({ checked, findings, failed, warned }: PerimeterReport): string {
	const lines = findings.flatMap(({ severity, instance, message, rule, ruleLine, fix, ...place }) => {
		const by =
			ruleLine === null || rule === "document" || rule === "endpoint" ? "" : ` (${PERIMETER_FILE}:${ruleLine})`;
		const mark = severity === "finding" ? "✖" : "!";
		return [`${mark} ${placeText(place)}  ${instance === null ? "" : `${instance}: `}${message}${by}`, `  → ${fix}`];
	});
	const looked = checked.map(
		({ instance, plane, environment, names }) =>
			`${instance} (${plane}, ${environment}): ${counted(names, "name")} of its environment`,
	);
	return [...looked, ...lines, `${failed} against the perimeter, ${counted(warned, "warning")}`].join("\n");
}
