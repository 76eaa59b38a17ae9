import { once } from "../tree/once.ts";
import { ownOf } from "../../system/own-of.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import { isBuiltIn, isComputed, type Cluster, type Manifest } from "./manifests.ts";

/** An object that the tree defines. */
export interface Definition {
	name: string;
	file: SourceFile;
	line: number;
	/** Of a ConfigMap or a Secret; undefined where they are not all known. */
	keys: readonly string[] | undefined;
}

const GROUPS: Readonly<Record<string, RegExp>> = {
	Secret: /^(?:Secret|SealedSecret|ExternalSecret|Certificate)$/,
	Service: /^Service$/,
};
const knownIn = once<Cluster, Map<string, readonly Definition[]>>(() => new Map());

/** All objects of a kind, also those that a kustomization makes; secrets however they come. */
export function definitionsOf(cluster: Cluster, kind: string): readonly Definition[] {
	const known = knownIn(cluster);
	const cached = known.get(kind);
	if (cached !== undefined) return cached;
	const pattern = ownOf(GROUPS, kind) ?? new RegExp(`^${kind}$`);
	const made = cluster.manifests
		.filter(
			(one) => pattern.test(one.kind) && one.name !== undefined && (kind !== "Service" || one.apiVersion === "v1"),
		)
		.map(({ name, file, root, kind: own }) => ({
			name:
				(own === "Secret" ? undefined : (root.get("spec", "target", "name") ?? root.get("spec", "secretName"))?.text) ??
				name!,
			file,
			line: root.line,
			keys: keysOf(own, root),
		}));
	const generated = cluster.kustomizations.flatMap(({ file, generated: all }) =>
		all
			.filter((one) => one.kind === kind)
			.map(({ name, part, keys }): Definition => ({ name, file, line: part.line, keys })),
	);
	known.set(kind, [...made, ...generated]);
	return [...made, ...generated];
}

function keysOf(kind: string, root: Part): readonly string[] | undefined {
	if (kind === "ExternalSecret")
		return root.get("spec", "dataFrom") === undefined && root.get("spec", "target", "template") === undefined
			? root.get("spec", "data")?.list.flatMap((part) => part.get("secretKey")?.text ?? [])
			: undefined;
	if (kind === "Certificate") return undefined;
	if (kind === "SealedSecret") return [...(root.get("spec", "encryptedData")?.map.keys() ?? [])];
	return ["data", "binaryData", "stringData"].flatMap((key) => [...(root.get(key)?.map.keys() ?? [])]);
}

/** The folder of what is deployed together: of `base` and `overlays/x` the one above. */
function scopeOf(path: string): string {
	const folder = path.slice(0, path.lastIndexOf("/") + 1);
	return folder.replace(
		/(?:^|(?<=\/))(?:bases?|overlays?|components?|env(?:ironment)?s?|prod(?:uction)?|stag(?:e|ing)|dev(?:elopment)?)\/.*$/,
		"",
	);
}

/** Whether two files are deployed together: in one folder, or in neighbours below one that is not the root. */
export function areTogether(a: SourceFile, b: SourceFile): boolean {
	const [one, other] = [scopeOf(a.path), scopeOf(b.path)];
	const above = (scope: string): string => scope.replace(/[^/]+\/$/, "");
	return (
		one === other ||
		(above(one) !== "" && above(one) === above(other)) ||
		(one !== "" && other.startsWith(one)) ||
		(other !== "" && one.startsWith(other))
	);
}

/** Whether something may define the name all the same: a prefix of a kustomization, an operator, a script. */
export function mayBeDefined(tree: Tree, cluster: Cluster, kind: string, name: string): boolean {
	if (isComputed(name) || cluster.open || cluster.charts.includes(name)) return true;
	const affixed = cluster.kustomizations.some(
		({ prefix, suffix }) =>
			prefix + suffix !== "" &&
			definitionsOf(cluster, kind).some(
				(one) => name === prefix + one.name + suffix || one.name === prefix + name + suffix,
			),
	);
	const operated = cluster.manifests.some(
		(one) =>
			!isBuiltIn(one) &&
			one.name !== undefined &&
			(name.startsWith(one.name) || (one.root.get("spec")?.text ?? "") === name || holds(one, name)),
	);
	return affixed || operated || isMadeByHand(tree, name);
}

/** A resource of an operator that names it: a certificate and its secret. */
const holds = ({ root }: Manifest, name: string): boolean =>
	[...(root.get("spec")?.map.values() ?? [])].some(
		({ text, map }) => text === name || [...map.values()].some((part) => part.text === name),
	);

/** `kubectl create configmap NAME` of a script, a workflow or a document; a resource of Terraform. */
function isMadeByHand(tree: Tree, name: string): boolean {
	const word = new RegExp(`(?<![\\w.-])${name.replaceAll(".", "\\.")}(?![\\w-])`);
	return tree.files.some(
		({ path, text, language }) =>
			text.includes(name) &&
			(/\.(?:tf|hcl)$/.test(path)
				? word.test(text)
				: (language !== "yaml" || path.startsWith(".github/")) &&
					text.split("\n").some((line) => /\bcreate\b|\bhelm\b|\bapply\b/.test(line) && word.test(line))),
	);
}
