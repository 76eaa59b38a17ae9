import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { clusterOf, isComputed, type Cluster } from "../kubernetes/manifests.ts";
import { isKustomization, type Kustomization, type Named } from "../kubernetes/kustomizations.ts";
import { allContainers, templateOf } from "../kubernetes/workloads.ts";
import { isSample, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS504",
	scope: "static",
	severity: "error",
	question: "Is everything that a kustomization names in the tree, and every manifest beside it in one?",
	why: "kustomize builds nothing when one file is gone. An image or a patch of a name that no object has is passed over without a word, and so is a manifest that no kustomization lists.",
	example: "`resources: [ingress.yaml]` after the file became http-route.yaml.",
	run(tree) {
		const cluster = clusterOf(tree);
		const all = cluster.kustomizations.filter(({ broken }) => !broken);
		const findings = all.flatMap((one) => [
			...one.named.flatMap((named) => gone(tree, one, named)),
			...images(cluster, one),
			...targets(cluster, one),
		]);
		findings.push(...unlisted(tree, cluster));
		return { looked: `${all.length} kustomizations`, findings };
	},
} satisfies StaticCheck;

const isFolder = (tree: Tree, path: string): boolean => tree.has(path) && !tree.paths.includes(path);
const inside = (path: string): string[] =>
	["kustomization.yaml", "kustomization.yml", "Kustomization"].map((name) => posix.join(path, name));

function gone(tree: Tree, { file }: Kustomization, { path, part, as, secret }: Named): Found[] {
	const text = part.text!.replace(/^[\w.-]+=/, "");
	const folder = isFolder(tree, path) || path === "" || path === ".";
	if (folder && as !== "the resource" && as !== "the component") return [];
	if (folder && inside(path).some((one) => tree.has(one))) return [];
	if (!folder && (tree.has(path) || secret || mayBeMade(tree, path) || isComputed(text))) return [];
	const base = posix.basename(path);
	const elsewhere = tree.paths.filter((one) => posix.basename(one) === base && one !== path);
	const beside = tree.paths
		.filter((one) => posix.dirname(one) === posix.dirname(path))
		.map((one) => posix.basename(one));
	const meant =
		elsewhere[0] ??
		nearest(
			base,
			beside.filter((one) => !isKustomization(one)),
			3,
		);
	return [
		{
			message: folder
				? `${file.path} names ${as} ${text}, a folder without a kustomization`
				: `${file.path} names ${as} ${text}, which is not in the tree`,
			evidence: [part.place],
			fix: {
				say: folder
					? `add a kustomization.yaml to ${path}`
					: meant === undefined
						? `bring ${path} back, or take the line out`
						: `name ${meant}, or bring ${path} back`,
			},
		},
	];
}

const repositoryOf = (image: string): string => image.replace(/@.*$/, "").replace(/:[^/]*$/, "");

function images(cluster: Cluster, { root, file }: Kustomization): Found[] {
	if (cluster.open) return [];
	const used = cluster.manifests.flatMap((one) => {
		const template = templateOf(one);
		return (template === undefined ? [] : allContainers(template)).flatMap((part) => part.get("image")?.text ?? []);
	});
	const known = [...new Set(used.map(repositoryOf))];
	const renamed = cluster.kustomizations.flatMap((one) =>
		(one.root.get("images")?.list ?? []).flatMap((part) => part.get("newName")?.text ?? []),
	);
	if (known.length === 0 || used.some(isComputed)) return [];
	return (root.get("images")?.list ?? []).flatMap((entry): Found[] => {
		const name = entry.get("name");
		if (name?.text === undefined || isComputed(name.text) || known.includes(name.text) || renamed.includes(name.text))
			return [];
		if (
			cluster.manifests.some(
				({ file: one }) => one.text.includes(`${name.text!}:`) || one.text.includes(`${name.text!}@`),
			)
		)
			return [];
		const meant = nearest(name.text, known) ?? known.find((one) => posix.basename(one) === posix.basename(name.text!));
		return [
			{
				message: `${file.path} sets the image ${name.text}, which no manifest uses: its tag changes nothing`,
				evidence: [name.place],
				fix: {
					say:
						meant === undefined
							? `name an image that a manifest uses: ${known.slice(0, 5).join(", ")}`
							: `write ${meant}`,
				},
			},
		];
	});
}

/** Objects that patches are for. */
function targets(cluster: Cluster, { root, file, named }: Kustomization): Found[] {
	if (cluster.open) return [];
	const aimed = ["patches", "patchesJson6902"]
		.flatMap((key) => root.get(key)?.list ?? [])
		.flatMap((part) => {
			const target = part.get("target");
			return target === undefined ? [] : [{ kind: target.get("kind")?.text, name: target.get("name") }];
		});
	const targeted = new Set(
		(root.get("patches")?.list ?? [])
			.filter((part) => part.get("target") !== undefined)
			.flatMap((part) => part.get("path")?.text ?? []),
	);
	const files = new Set(
		named.filter(({ as, part }) => as === "the patch" && !targeted.has(part.text!)).map(({ path }) => path),
	);
	const laid = cluster.manifests
		.filter((one) => files.has(one.file.path) && !one.broken)
		.map((one) => ({ kind: one.kind, name: one.root.get("metadata", "name") }));
	return [...aimed, ...laid].flatMap(({ kind, name }) => aimless(cluster, file.path, kind, name));
}

function aimless(cluster: Cluster, by: string, kind: string | undefined, name: Part | undefined): Found[] {
	if (kind === undefined || name?.text === undefined || !/^[\w.-]+$/.test(name.text) || name.text.includes(".*"))
		return [];
	const whole = cluster.manifests.filter((one) => one.kind === kind && !one.patch);
	const made = cluster.kustomizations
		.flatMap(({ generated }) => generated)
		.some((one) => one.kind === kind && one.name === name.text);
	const affixed = cluster.kustomizations.some(({ prefix, suffix }) =>
		whole.some((one) => name.text === `${prefix}${one.name ?? ""}${suffix}`),
	);
	if (made || affixed || whole.some((one) => one.name === undefined || one.name === name.text)) return [];
	const names = whole.map((one) => one.name!);
	return [
		{
			message: `${by} patches ${kind} ${name.text}, and no manifest defines it`,
			evidence: [name.place, ...whole.slice(0, 3).map((one) => (one.root.get("metadata", "name") ?? one.root).place)],
			fix: {
				say:
					names.length === 0
						? "take the patch out, or define the object"
						: `name one that is there: ${names.slice(0, 5).join(", ")}`,
			},
		},
	];
}

/** Manifests in the folder of a kustomization that nothing names. */
function unlisted(tree: Tree, { manifests, kustomizations }: Cluster): Found[] {
	const listed = new Set(kustomizations.flatMap(({ named }) => named.map(({ path }) => path)));
	const files = new Set(manifests.map(({ file }) => file));
	return [...files].flatMap((file): Found[] => {
		const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
		const [own, more] = kustomizations.filter((one) => one.folder === folder);
		if (own === undefined || more !== undefined || own.broken || listed.has(file.path) || isKustomization(file.path))
			return [];
		if (isSample(file.path) || isTest(file.path) || own.named.filter(({ as }) => as === "the resource").length === 0)
			return [];
		const base = posix.basename(file.path);
		const applied = new RegExp(`apply[^\\n]*-f\\s*["']?(?:\\./)?${folder.replace(/\/$/, "")}/?["']?(?:\\s|$)`, "m");
		if (tree.files.some(({ path, text }) => path !== file.path && (text.includes(base) || applied.test(text))))
			return [];
		return [
			{
				message: `${own.file.path} does not list ${base}, and nothing else names it: it is never applied`,
				evidence: [(own.root.get("resources") ?? own.root).place, file.place(1)],
				fix: { say: `add ${base} to its resources, or delete the file` },
				severity: "warning",
			},
		];
	});
}
