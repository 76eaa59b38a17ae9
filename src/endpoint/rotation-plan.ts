import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import type { Endpoint } from "../state/endpoints.ts";
import { setEndpoint } from "../perimeter/edit.ts";
import { parse } from "../plan/document.ts";
import type { Address } from "./address.ts";
import type { EnvEdit } from "../system/dotenv.ts";
import { withEndpoint, withoutStale } from "./env-file.ts";
import type { Exclusion } from "./exclusions.ts";
import { literalsOf, type Literal, type Literals } from "./literals.ts";
import type { Tree, TreeFile } from "./tree.ts";
import { retargetTunnels } from "./tunnels.ts";

export const ENV_FILE = ".env";
const EXAMPLE_FILE = ".env.example";
const PLAN_FILE = "docs/PLAN.md";

/** Files that record an endpoint by their place, whatever is in them. */
export const RECORDS: readonly string[] = [ENV_FILE, EXAMPLE_FILE, PERIMETER_FILE];

/** What is known when a rotation is planned. */
export interface RotationFacts {
	instance: string;
	present: Endpoint;
	/** Earlier endpoints of the instance, the latest first; nobody has them now. */
	stale: readonly Address[];
	/** Endpoints of all other instances. */
	others: readonly Address[];
	/** The only instance at Vast. */
	alone: boolean;
}

/** A change of one file. */
export interface Edit {
	/** As in TreeFile. */
	path: string;
	what: string;
}

/** A literal of an earlier endpoint that no rule explains. */
export interface Finding extends Literal {
	file: string;
}

export interface RotationPlan {
	edits: Edit[];
	/** What would be left when the edits are done. */
	findings: Finding[];
	excluded: Exclusion[];
}

/** What to search for: the earlier endpoints, told apart from the present one and those of other instances. */
export const literalsFor = ({ stale, present, others }: RotationFacts): Literals => literalsOf(stale, present, others);

/** What is to be written where, and which literals nothing of it takes away. */
export function planRotation(tree: Tree, facts: RotationFacts): RotationPlan {
	const literals = literalsFor(facts);
	const plan: RotationPlan = { edits: [], findings: [], excluded: [...tree.excluded] };
	for (const file of tree.files) {
		const { text, what } = editOf(file, facts);
		if (what.length > 0) plan.edits.push({ path: file.path, what: what.join("; ") });
		const found = literals.find(text);
		const past = file.path === PLAN_FILE ? firstEntryLine(text) : Infinity;
		plan.findings.push(...found.filter(({ line }) => line < past).map((one) => ({ file: file.path, ...one })));
		const lines = found.filter(({ line }) => line >= past).length;
		if (lines > 0) plan.excluded.push({ file: file.path, rule: "past entries", lines });
	}
	plan.excluded.sort((a, b) => (a.file < b.file ? -1 : 1));
	return plan;
}

/** docs/PLAN.md is history from here on. */
const firstEntryLine = (text: string): number => parse(text).entries[0]?.line ?? Infinity;

/** The text of a file with the present endpoint in it, and what was changed for that. Doing it again changes nothing. */
export function editOf({ path, text, editable }: TreeFile, facts: RotationFacts): { text: string; what: string[] } {
	if (!editable || path === PLAN_FILE) return { text, what: [] };
	const { instance, present, stale } = facts;
	const what: string[] = [];
	const env = envEdit(path, text, facts);
	if (env.names.length > 0) what.push(env.names.join(", "));
	const { host, port, via } = present;
	const row = { instance, host, port, via, tunnel: `cres tunnel ${instance}` };
	const placed = path === PERIMETER_FILE ? setEndpoint(env.text, row) : env.text;
	if (placed !== env.text) what.push(`row of ${instance}`);
	const tunnels = retargetTunnels(placed, stale, present);
	if (tunnels.lines.length > 0) what.push(`ssh command in line ${tunnels.lines.join(", ")}`);
	return { text: tunnels.text, what };
}

function envEdit(path: string, text: string, facts: RotationFacts): EnvEdit {
	if (path === ENV_FILE) return withEndpoint(text, facts);
	if (path === EXAMPLE_FILE) return withoutStale(text, facts);
	return { text, names: [] };
}
