import { documentRows } from "../claims/tables.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A port that a document keeps within a machine or a network. */
export interface Confined {
	port: number;
	/** The service, as the row calls it. */
	name: string;
	/** Where it may be reached, as the cell says. */
	within: string;
	/** The private address that it is bound to. */
	address: string | undefined;
	file: SourceFile;
	line: number;
}

const PORT = /^(?:tcp |host |published )?ports?$/;
const NAME = /^(?:service|name|component|program|process|what|listener|part)s?$/;
const BOUND =
	/^(?:bound(?: to)?|binds?(?: to)?|listens?(?: on)?|interface|address|published(?: on)?|exposed(?: to)?|exposure|visibility|reach)$/;
const PRIVATE =
	/\b(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])(?:\.\d{1,3}){2})\b/;
const WITHIN =
	/\b(?:compose|docker|internal|private|overlay|bridge|container|swarm|backend)[- ]networks?\b|\b(?:not|never) published\b|\bunpublished\b|^(?:internal|private)(?: only)?$|\bwireguard\b|\bvpn\b|\btailscale\b|\bloopback\b|\b127\.0\.0\.1\b/i;
/** Somebody outside may reach it, too. */
const OPEN = /\b(?:all|any|every\w*|public\w*|internet|world|external\w*)\b|(?<!\d\.)0\.0\.0\.0|\*|\[::\]/i;

/** Rows of tables of documents that name a port and who sees it. */
export const confinedPorts = (tree: Tree): Confined[] =>
	documentRows(tree).flatMap(({ cells, line, file }) => {
		const at = (head: RegExp) => [...cells].find(([one]) => head.test(one))?.[1];
		const [ports, within] = [at(PORT), at(BOUND)];
		const numbers = /^\d{2,5}(?:\/tcp)?(?:, ?\d{2,5}(?:\/tcp)?)*$/.exec(ports ?? "")?.[0].match(/\d+/g) ?? [];
		const address = PRIVATE.exec(within ?? "")?.[0];
		if (within === undefined || OPEN.test(within) || (address === undefined && !WITHIN.test(within))) return [];
		return numbers.map((one) => ({
			...{ port: Number(one), within, address, file, line },
			name: at(NAME) ?? `port ${one}`,
		}));
	});
