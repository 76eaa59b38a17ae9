import { z } from "zod";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS548",
	scope: "static",
	severity: "error",
	question: "Does anything publish with the routing key by which RabbitMQ fills a queue?",
	why: "A direct exchange drops what no binding names: the publisher sees no error, and the queue stays empty.",
	example:
		"The binding of `jobs.audio` has the key `jobs.music`, and the program publishes with `jobs.audio`: write that.",
	run(tree) {
		const files = tree.files.filter(
			({ path, text }) => path.endsWith(".json") && isLive(path) && text.length < 400_000,
		);
		const definitions = files.flatMap((file) => definitionsIn(file));
		return {
			looked: `${definitions.length} files of RabbitMQ`,
			findings: definitions.flatMap((one) => unpublished(tree, one)),
		};
	},
} satisfies StaticCheck;

const isLive = (path: string): boolean => standingOf(path) === "live";

/** https://www.rabbitmq.com/docs/definitions */
const schema = z.object({
	exchanges: z.array(z.object({ name: z.string(), type: z.string() })),
	bindings: z.array(
		z.object({
			source: z.string(),
			destination: z.string(),
			destination_type: z.string(),
			routing_key: z.string(),
		}),
	),
});

interface Definitions extends z.infer<typeof schema> {
	file: SourceFile;
}

function definitionsIn(file: SourceFile): Definitions[] {
	if (!file.includes('"routing_key"') || !file.includes('"bindings"')) return [];
	try {
		return [{ ...schema.parse(JSON.parse(file.text)), file }];
	} catch {
		return []; // another kind of file, or none that a program can read
	}
}

/** Keys that stand nowhere else, beside a queue that the tree names by its own name. */
function unpublished(tree: Tree, { file, exchanges, bindings }: Definitions): Found[] {
	const direct = new Set(exchanges.filter(({ type }) => type === "direct").map(({ name }) => name));
	const others = tree.files.filter((one) => one !== file && one.language !== "markdown" && isLive(one.path));
	const isNamed = (text: string): boolean => others.some((one) => one.includes(text));
	return bindings.flatMap(({ source, destination, destination_type: kind, routing_key: key }): Found[] => {
		const odd = direct.has(source) && kind === "queue" && key !== "" && key !== destination;
		if (!odd || isNamed(key) || !isNamed(destination)) return [];
		const line = file.lines.findIndex((text) => text.includes(`"${key}"`)) + 1;
		return [
			{
				message: `the queue ${destination} is filled by the routing key ${key}, with which nothing is published`,
				evidence: [file.place(line)],
				fix: { say: `write ${destination}, or publish with ${key}` },
			},
		];
	});
}
