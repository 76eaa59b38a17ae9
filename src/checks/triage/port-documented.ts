import { listed, placeIn, unique, type Side } from "../facts/found.ts";
import { portsOf, WELL_KNOWN } from "../facts/ports.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS425",
	scope: "static",
	severity: "warning",
	question: "Do documents name ports that the tree still has?",
	why: "Whoever follows the document reaches nothing, and looks for the fault in the service.",
	example:
		"README says `http://localhost:8000/health`, and nothing in the tree names 8000 any more; write the port of the service.",
	run(tree) {
		const { listeners, open } = portsOf(tree);
		const sure = listeners.filter((one) => one.sure);
		const documents = tree.in("markdown").filter(({ path }) => standingOf(path) === "docs");
		const named = documents.flatMap((file) =>
			file
				.matches(/(?<![\w.@:-])(?:localhost|127\.0\.0\.1):(\d{2,5})(?!\d)/g)
				.map(({ 1: port, index }): Side => ({ value: port!, file, line: file.lineAt(index) })),
		);
		const gone = Map.groupBy(
			named.filter(({ value }) => !WELL_KNOWN.has(Number(value))),
			({ value }) => value,
		);
		const findings =
			open || sure.length === 0
				? []
				: [...gone].flatMap(([port, sides]): Found[] => (isNamed(port) ? [] : [finding(port, unique(sides))]));
		return { looked: `${named.length} ports in documents`, findings };

		/** Anywhere outside of documents, as a number of its own; or opened by the document itself. */
		function isNamed(port: string): boolean {
			const word = new RegExp(`(?<![\\w.])${port}(?![\\w.]|\\.\\d)`);
			const opened = new RegExp(
				`-L\\s*${port}:|\\b${port}:\\d{2,5}\\b|-p\\s+(?:[\\d.]+:)?${port}:|--port[= ]${port}\\b|PORT=${port}\\b|-p ${port}\\b`,
			);
			return tree.files.some(({ path, text }) =>
				standingOf(path) === "docs"
					? opened.test(text)
					: standingOf(path) !== "history" && text.includes(port) && word.test(text),
			);
		}
		function finding(port: string, sides: readonly Side[]): Found {
			const [first, ...rest] = sides;
			const ports = [...new Set(sure.map((one) => one.port))].slice(0, 5);
			return {
				message: `port ${port} is documented, and nothing in the tree names it; what is started listens on ${ports.join(", ")}`,
				evidence: [
					placeIn(first!.file, first!.line),
					...rest.map((one) => placeIn(one.file, one.line)),
					...sure.slice(0, 3).map((one) => placeIn(one.file, one.line)),
				],
				fix: { say: `write the port that is meant in ${listed(sides)}` },
			};
		}
	},
} satisfies StaticCheck;
