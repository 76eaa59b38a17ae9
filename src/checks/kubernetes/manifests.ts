import { parseAllDocuments } from "yaml";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { Part } from "../workflows/part.ts";
import { kustomizationsOf, patchFiles, type Kustomization } from "./kustomizations.ts";

/** One object of a manifest. */
export interface Manifest {
	file: SourceFile;
	root: Part;
	kind: string;
	apiVersion: string;
	/** Undefined where it is computed or generated. */
	name: string | undefined;
	/** A part of an object, which a kustomization lays over the whole. */
	patch: boolean;
	/** Its file does not parse as a whole: what is read of it counts as there, and is not judged. */
	broken: boolean;
}

/** What the tree says of Kubernetes. */
export interface Cluster {
	manifests: readonly Manifest[];
	kustomizations: readonly Kustomization[];
	/** Objects come from elsewhere too: another repository, a template. */
	open: boolean;
	/** The text of the charts beside them: what it names may be there. Empty without a chart. */
	charts: string;
	/** The text of all patches: what it names may be there. */
	patches: string;
}

const LARGEST = 150_000;
/** Bring objects of their own. */
const BRINGERS = /^(?:HelmRelease|HelmChart|HelmRepository|Application|ApplicationSet|OCIRepository|GitRepository)$/;

/** The objects and kustomizations of a tree, without Helm's templates, examples and tests. Parsed once. */
export const clusterOf = once((tree: Tree): Cluster => {
	const kustomizations = kustomizationsOf(tree);
	const patched = patchFiles(kustomizations);
	const charts = tree.paths.filter((path) => /(?:^|\/)Chart\.yaml$/.test(path)).map((path) => path.slice(0, -10));
	const files = tree.in("yaml").filter((file) => isManifest(file) && !charts.some((at) => file.path.startsWith(at)));
	const manifests = files.flatMap((file) => manifestsIn(file, patched));
	return {
		manifests,
		kustomizations,
		open:
			kustomizations.some(({ remote }) => remote) ||
			manifests.some(({ kind }) => BRINGERS.test(kind)) ||
			files.some(({ text }) => /^\s*\{\{|^\s*name: *["']?\{\{|^\s*\{%/m.test(text)),
		charts: tree.files
			.filter(({ path, text }) => text.length < LARGEST && charts.some((at) => path.startsWith(at)))
			.map(({ text }) => text)
			.join("\n"),
		patches: patchText(kustomizations, tree, patched),
	};
});

const isManifest = (file: SourceFile): boolean =>
	file.text.length < LARGEST &&
	standingOf(file.path) === "live" &&
	!file.path.startsWith(".github/") &&
	file.has(/^(?:- )?\s*apiVersion:/m) &&
	file.has(/^\s*(?:- )?kind:/m);

function manifestsIn(file: SourceFile, patched: ReadonlySet<string>): Manifest[] {
	const documents = parseAllDocuments(file.text, { prettyErrors: false, uniqueKeys: false, logLevel: "silent" });
	if (!Array.isArray(documents)) return [];
	const broken = documents.some(({ errors }) => errors.length > 0) || file.has(/^\s*<<\s*:/m);
	return documents.flatMap((document) => {
		const root = new Part(file, document, document.contents);
		return [root, ...(root.get("items")?.list ?? [])].flatMap((part) => manifestOf(part, file, patched, broken));
	});
}

function manifestOf(root: Part, file: SourceFile, patched: ReadonlySet<string>, broken: boolean): Manifest[] {
	const [kind, apiVersion] = [root.get("kind")?.text, root.get("apiVersion")?.text];
	if (kind === undefined || apiVersion === undefined || /^(?:Kustomization|Component|\w*List)$/.test(kind)) return [];
	const name = root.get("metadata", "name")?.text;
	const patch =
		patched.has(file.path) || [...(root.map.values() ?? [])].some((part) => part.get("$patch") !== undefined);
	return [
		{ file, root, kind, apiVersion, name: name === undefined || isComputed(name) ? undefined : name, patch, broken },
	];
}

/** Filled in by another program. */
export const isComputed = (text: string): boolean => /[${}%<>]|^__/.test(text);

/** Kinds that Kubernetes itself has; of the others nobody knows what they bring. */
export const isBuiltIn = ({ apiVersion }: Manifest): boolean =>
	!apiVersion.includes("/") || /^(?:apps|batch|autoscaling|policy|extensions)\/|\.k8s\.io\//.test(apiVersion);

const patchText = (all: readonly Kustomization[], tree: Tree, files: ReadonlySet<string>): string =>
	[
		...all.flatMap(({ inline }) => inline.map(({ text }) => text ?? "")),
		...[...files].map((path) => tree.file(path)?.text ?? ""),
	].join("\n");
