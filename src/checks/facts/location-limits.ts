import { directivesIn } from "../data/nginx-directives.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { counts, UNIT, type Limit } from "./upload-limits.ts";

/** What one location lets through to a server. */
export interface LocationLimit extends Limit {
	/** The host that it passes to, from its upstream: `api`. */
	service: string;
	location: string;
}

/** The limits of the locations that pass requests on, where a level above says one or the file is whole. */
export const locationLimits = (tree: Tree): LocationLimit[] =>
	tree
		.in("nginx")
		.flatMap((file) => (counts(file.path) && file.includes("client_max_body_size") ? limitsOf(file) : []));

interface Block {
	name: string;
	args: string;
	parent: Block | undefined;
	limit?: { bytes: number; text: string; at: number };
	passes: string[];
	/** Of an upstream. */
	servers: string[];
}

function limitsOf(file: SourceFile): LocationLimit[] {
	const blocks = blocksOf(file);
	const upstreams = new Map(
		blocks.filter(({ name }) => name === "upstream").map(({ args, servers }) => [args, servers] as const),
	);
	return blocks.flatMap((block): LocationLimit[] => {
		let from: Block | undefined = block;
		while (from !== undefined && from.limit === undefined) from = from.parent;
		const limit = from?.limit;
		if (block.name !== "location" || limit === undefined) return [];
		return block.passes.flatMap((host) => {
			const [service, ...others] = new Set(upstreams.get(host) ?? [host]);
			return service === undefined || others.length > 0 || /[$]/.test(service)
				? []
				: [
						{
							...{ service, location: block.args, bytes: limit.bytes },
							text: `client_max_body_size ${limit.text}`,
							...{ file, line: file.lineAt(limit.at) },
						},
					];
		});
	});
}

/** Blocks with what stands directly in them. */
function blocksOf(file: SourceFile): Block[] {
	const all: Block[] = [];
	const open: Block[] = [{ name: "", args: "", parent: undefined, passes: [], servers: [] }];
	for (const { name, args, at, inside } of directivesIn(file)) {
		open.length = inside.length + 1;
		const own = open.at(-1)!;
		const bytes = name === "client_max_body_size" ? bytesOf(args[0] ?? "") : undefined;
		if (bytes !== undefined) own.limit = { bytes, text: args[0]!, at };
		const host = /^https?:\/\/([\w.-]+)/.exec(args[0] ?? "")?.[1];
		if (name === "proxy_pass" && host !== undefined) own.passes.push(host);
		if (name === "server" && own.name === "upstream") own.servers.push((args[0] ?? "").replace(/:\d+$/, ""));
		const block: Block = { name, args: args.join(" "), parent: own, passes: [], servers: [] };
		open.push(block);
		all.push(block);
	}
	return all;
}

function bytesOf(text: string): number | undefined {
	const [, size, unit] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
	return size === undefined ? undefined : Number(size) * UNIT(unit!)!;
}
