import { ownOf } from "../../system/own-of.ts";
import type { Tree } from "../tree/tree.ts";
import { workflowsOf, type Job, type Step } from "./model.ts";
import { scriptOf, argumentsOf } from "./script.ts";

/** Outputs of actions that are used often, where the action names them all. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
	"actions/cache": ["cache-hit"],
	"actions/checkout": ["ref", "commit"],
	"actions/download-artifact": ["download-path"],
	"actions/setup-node": ["cache-hit", "node-version"],
	"actions/setup-python": ["cache-hit", "python-version", "python-path"],
	"actions/upload-artifact": ["artifact-id", "artifact-url", "artifact-digest"],
	"docker/build-push-action": ["imageid", "digest", "metadata"],
	"docker/metadata-action": [
		"version",
		"tags",
		"labels",
		"annotations",
		"json",
		"bake-file",
		"bake-file-tags",
		"bake-file-labels",
		"bake-file-annotations",
		"tag-names",
	],
	"docker/setup-buildx-action": ["name", "driver", "platforms", "nodes", "endpoint", "status", "flags"],
	"docker/setup-qemu-action": ["platforms", "status"],
};
/** Programs that write no output of a step. */
const SILENT = new Set(
	"[ [[ apt apt-get awk aws az base64 basename break bunzip2 cat cd chmod chown cmp column comm command continue cp crane curl cut date declare df diff dirname docker du echo exit expand export expr false find fold free gcloud gh git grep gunzip gzip head helm hexdump hostname id install join jq kill kubectl let ln local ls md5sum mkdir mktemp mv nl nproc od openssl oras paste pgrep pip printf ps pwd read readlink readonly realpath regctl return rev rm sed seq set sha1sum sha224sum sha256sum sha384sum sha512sum shasum shift shopt skopeo sleep sort source_ split stat tac tail tar tee test touch tr trap true type umask uname uniq unset unxz unzip wait wc wget which whoami xargs xxd xz yq zcat zip zstd".split(
		" ",
	),
);

/** The outputs that a step can have; undefined when nobody can tell. */
export function outputsOf(step: Step, tree: Tree): ReadonlySet<string> | undefined {
	if (step.run !== undefined) return written(step);
	const uses = step.uses?.text ?? "";
	if (uses.startsWith("./")) return declared(uses, tree);
	const known = ownOf(KNOWN, uses.split("@")[0]!);
	return known && new Set(known);
}

function declared(uses: string, tree: Tree): ReadonlySet<string> | undefined {
	const folder = uses.slice(2).replace(/\/$/, "");
	const own = ["action.yml", "action.yaml"].map((name) => (folder === "" ? name : `${folder}/${name}`));
	const action = workflowsOf(tree).find(({ file }) => own.includes(file.path));
	return action && new Set(action.root.get("outputs")?.map.keys());
}

/** Names that a script writes: every `name=` and `name<<` of it; undefined where another program may write. */
function written(step: Step): ReadonlySet<string> | undefined {
	const script = scriptOf(step);
	if (script === undefined) return undefined;
	const { text } = script;
	// `echo "$name=…"`, and `${!key}`, write names that only the run knows.
	if (/\$\{?[\w!]+\}?(?:=|<<)|\}\}(?:=|<<)|::set-output name=\$/.test(text)) return undefined;
	for (const command of script.commands) {
		const [name] = argumentsOf(command);
		if (name !== undefined && (name.dynamic || !SILENT.has(name.text))) return undefined;
		const other = name !== undefined && !["echo", "printf", "cat", "tee"].includes(name.text);
		if (other && command.writes.some((word) => word.text.includes("GITHUB_OUTPUT"))) return undefined;
	}
	return new Set([...text.matchAll(/name=([\w-]+)::|([A-Za-z_][\w-]*)(?:=|<<)/g)].flatMap(([, a, b]) => a ?? b ?? []));
}

/** The outputs of a job; undefined when nobody can tell. */
export function jobOutputs(job: Job, tree: Tree): ReadonlySet<string> | undefined {
	const uses = job.uses?.text;
	if (uses === undefined) return new Set(job.part.get("outputs")?.map.keys());
	if (!uses.startsWith("./")) return undefined;
	const called = workflowsOf(tree).find(({ file }) => file.path === uses.slice(2));
	return called && new Set(called.on.get("workflow_call")?.get("outputs")?.map.keys());
}
