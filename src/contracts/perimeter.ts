/** A table of docs/Perimeter.md: the heading above it, the columns that are read, and which of them it must have. */
export interface PerimeterTable {
	heading: string;
	columns: readonly string[];
	required: readonly string[];
}

/** The tables of docs/Perimeter.md, in the order in which they are written. Other headings and columns are prose. */
export const PERIMETER = {
	planes: { heading: "Planes", columns: ["plane", "where", "runs", "never runs"], required: ["plane"] },
	hosts: {
		heading: "Hosts",
		columns: ["host", "plane", "address", "what it is"],
		required: ["host", "plane", "address"],
	},
	ports: {
		heading: "Ports",
		columns: ["service", "plane", "port", "reached from"],
		required: ["service", "plane", "port", "reached from"],
	},
	allowed: { heading: "Allowed on instances", columns: ["address", "port", "why"], required: ["address"] },
	forbidden: { heading: "Never on instances", columns: ["address", "why"], required: ["address"] },
	endpoints: {
		heading: "Compute endpoints",
		columns: ["instance", "host", "port", "via", "tunnel"],
		required: ["instance", "host", "port"],
	},
} as const satisfies Record<string, PerimeterTable>;

export type PerimeterSection = keyof typeof PERIMETER;

/** Rows of `forbidden` that hold everywhere: on a rented machine these lead nowhere, or to somebody else. */
export const NEVER_ON_INSTANCES = [
	["10.0.0.0/8", "LAN"],
	["172.16.0.0/12", "LAN, and Docker's bridges"],
	["192.168.0.0/16", "LAN"],
	["100.64.0.0/10", "Tailscale, carrier NAT"],
	["169.254.0.0/16", "link-local, metadata servers"],
	["127.0.0.0/8", "the instance itself"],
	["::1/128", "the instance itself"],
	["fc00::/7", "LAN"],
	["fe80::/10", "link-local"],
	["localhost", "the instance itself"],
	["*.local", "known on the LAN only"],
	["*.lan", "known on the LAN only"],
	["*.internal", "known inside one Docker daemon or cloud only"],
] as const;

/** A heading with its table, as Markdown with columns of equal width; a row gives its cells in the order of the columns. */
export function perimeterSection(section: PerimeterSection, rows: readonly (readonly string[])[]): string {
	const { heading, columns } = PERIMETER[section];
	const lines = [columns, ...rows.map((row) => columns.map((_, at) => markdownCell(row[at] ?? "")))];
	const widths = columns.map((_, at) => Math.max(3, ...lines.map((line) => line[at]!.length)));
	const [header, ...body] = lines.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`);
	const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
	return `## ${heading}\n\n${[header, rule, ...body].join("\n")}\n`;
}

/** Text as one cell takes it: on one line, without an end of the cell inside. */
export const markdownCell = (text: string): string =>
	text
		.replaceAll(/\s*[\r\n]+\s*/g, " ")
		.replaceAll("|", "\\|")
		.trim();

/** The document, below the project's directory. */
export const PERIMETER_FILE = "docs/Perimeter.md";
