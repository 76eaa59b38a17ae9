import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePerimeter } from "../../src/perimeter/document.ts";
import { setEndpoint } from "../../src/perimeter/edit.ts";

const tunnel = "ssh -p 27139 root@ssh2.vast.ai -L 8080:localhost:8081";
const endpoint = { instance: "gpu-1", host: "ssh2.vast.ai", port: 27_139, via: "proxy", tunnel };
const HEAD = "| instance | host | port | via | tunnel |\n| --- | --- | --- | --- | --- |\n";

const readBack = (text: string) =>
	parsePerimeter(text).endpoints.find(({ instance }) => instance === endpoint.instance)!;

describe("setEndpoint", () => {
	it("edits the cells of the row and nothing else", () => {
		const text = `# P\n\n## Compute endpoints\n\n${HEAD}| cpu-1 | 203.0.113.7 | 22 | direct | - |\n| gpu-1 | \`ssh7.vast.ai\` | 26311 | proxy | \`ssh -p 26311 me@ssh7.vast.ai -L 26311:localhost:8081\` |\n\nssh7.vast.ai:26311 was it.\n`;
		expect(setEndpoint(text, endpoint)).toBe(
			text
				.replace("`ssh7.vast.ai` | 26311", "`ssh2.vast.ai` | 27139")
				.replace("ssh -p 26311 me@ssh7.vast.ai", "ssh -p 27139 me@ssh2.vast.ai"),
		);
	});

	it.each<[string, string, string]>([
		[
			"keeps an aligned table aligned",
			"| gpu-1    | 203.0.113.200 | 40000 | direct  | -      |",
			`| gpu-1    | ssh2.vast.ai  | 27139 | proxy   | ${tunnel} |`,
		],
		["keeps a narrow table narrow", "|gpu-1|a|1|direct||", `|gpu-1|ssh2.vast.ai|27139|proxy| ${tunnel} |`],
		["fills a row that ends early", "| gpu-1 | a | 1 |", `| gpu-1 | ssh2.vast.ai | 27139 | proxy | ${tunnel} |`],
		["takes rows without outer delimiters", "gpu-1 | a | 1", `gpu-1 | ssh2.vast.ai | 27139 | proxy | ${tunnel}`],
		[
			"keeps a command that names no endpoint",
			"| gpu-1 | a | 1 | direct | `cres tunnel gpu-1 80:8081` |",
			"| gpu-1 | ssh2.vast.ai | 27139 | proxy  | `cres tunnel gpu-1 80:8081` |",
		],
		[
			"escapes what would end a cell",
			"| gpu-1 | a | 1 | direct | x a \\| y |",
			"| gpu-1 | ssh2.vast.ai | 27139 | proxy  | x ssh2.vast.ai \\| y |",
		],
		[
			"changes no longer name that ends alike",
			"| gpu-1 | a.b | 1 | x | ssh -p 11 -p1 x.a.b a.b.c a.b:1 a.b |",
			"| gpu-1 | ssh2.vast.ai | 27139 | proxy | ssh -p 11 -p27139 x.a.b a.b.c ssh2.vast.ai:27139 ssh2.vast.ai |",
		],
	])("%s", (_name, row, edited) => {
		const text = `## Compute endpoints\n\n${HEAD}${row}`;
		expect(setEndpoint(text, endpoint)).toBe(`## Compute endpoints\n\n${HEAD}${edited}`);
	});

	it("adds a row below the last one, empty in columns that are not ours", () => {
		const text =
			"## Compute endpoints\r\n\r\n| note | instance | host           | port |\r\n|---|---|---|---|\r\n| x | cpu-1 | a | 22 |";
		expect(setEndpoint(text, endpoint)).toBe(`${text}\r\n|      | gpu-1    | ssh2.vast.ai   | 27139 |`);
		expect(setEndpoint(`${text}\r\n\r\nend`, endpoint)).toBe(
			`${text}\r\n|      | gpu-1    | ssh2.vast.ai   | 27139 |\r\n\r\nend`,
		);
	});

	it.each([
		["below its heading", "# P\n\n## Compute endpoints\n\nNone yet.\n\n", "\n## Rules\n\n- One.\n"],
		["below its heading, where that is the last", "## Compute endpoints\n", ""],
		["in an empty file", "", ""],
		["with a heading, at the end", "# P\n\nNo newline.", ""],
	])("makes the table %s", (_name, above, below) => {
		const made = setEndpoint(above + below, endpoint);
		expect(made.startsWith(above) && made.endsWith(below)).toBe(true);
		const added = made.slice(above.length, made.length - below.length);
		expect(added.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim()).toBe(
			`${above.includes("Compute") ? "" : "## Compute endpoints\n\n"}${HEAD}| gpu-1 | ssh2.vast.ai | 27139 | proxy | \`${tunnel}\` |`,
		);
		expect(added.endsWith("|\n")).toBe(true);
		expect(readBack(made)).toMatchObject(endpoint);
	});

	it("changes nothing the second time", () => {
		const once = setEndpoint("", endpoint);
		expect(setEndpoint(once, endpoint)).toBe(once);
		expect(setEndpoint(setEndpoint(once, { ...endpoint, host: "ssh7.vast.ai", tunnel: "-" }), endpoint)).toBe(once);
	});

	it("refuses a table that cannot hold it, and a file that would not show it", () => {
		expect(() => setEndpoint("## Compute endpoints\n| instance |\n|---|\n", endpoint)).toThrow(
			"docs/Perimeter.md, Compute endpoints: line 2: the table has no column host, port",
		);
		expect(() => setEndpoint("```\nopen", endpoint)).toThrow(
			"a row for gpu-1 cannot be written so that it is read again",
		);
	});
});

describe("setEndpoint, whatever the file holds", () => {
	const piece = fc.oneof(
		fc.string(),
		fc.constantFrom(
			"# P\n",
			"## Hosts\n",
			"| a | b |\n|---|---|\n| 1 | 2 |\n",
			"- item\n",
			"\n\n",
			"> quoted\n",
			"text\n",
		),
	);
	const prose = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("").replaceAll(/[`~<]/g, ""));
	const cell = fc.constantFrom("a", "1", "`x`", "", "**b**", "gpu-2", "y \\| z");
	const rows = fc.array(
		fc.array(cell, { minLength: 1, maxLength: 7 }).map((cells) => `| ${cells.join(" | ")} |\n`),
		{ maxLength: 5 },
	);
	const edited = fc.record({
		host: fc.constantFrom("ssh2.vast.ai", "203.0.113.20", "h", "2001:db8::1"),
		port: fc.integer({ min: 1, max: 65_535 }),
		via: fc.constantFrom("direct", "proxy"),
	});
	const end = fc.constantFrom("\n", "\r\n");

	it("is read again, and every other byte stays", () => {
		fc.assert(
			fc.property(prose, rows, rows, prose, edited, end, (above, before, after, below, wanted, eol) => {
				const own = "| gpu-1 | HOST | PORT | VIA | - |";
				const heads = [
					`${above}\n\n## Compute endpoints\n\n${HEAD}${before.join("")}`,
					`\n${after.join("")}\n${below}`,
				];
				const [start, rest] = heads.map((part) => part.replaceAll(/\r\n?/g, "\n").replaceAll("\n", eol));
				const next = { ...endpoint, ...wanted };
				const result = setEndpoint(start! + own + rest!, next);
				expect(result.startsWith(start!) && result.endsWith(rest!)).toBe(true);
				expect(result.slice(start!.length, -rest!.length)).toMatch(
					/^\| gpu-1 \| [^|\s]+ *\| \d+ *\| (direct|proxy) *\| ssh [^|]+\|$/,
				);
				expect(readBack(result)).toMatchObject({ ...wanted, tunnel });
				expect(setEndpoint(result, next)).toBe(result);
			}),
		);
	});

	it("adds a section where there is none, and every byte stays", () => {
		fc.assert(
			fc.property(prose, edited, (text, wanted) => {
				const result = setEndpoint(`${text}\n\n`, { ...endpoint, ...wanted });
				expect(result.startsWith(`${text}\n\n## Compute endpoints\n`)).toBe(true);
				expect(readBack(result)).toMatchObject(wanted);
			}),
		);
	});
});
