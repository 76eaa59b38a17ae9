import { dockerfilesOf } from "../dockerfile/model.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const IMAGE =
	/(?<![\w./@]|(?<!:)-)((?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}(?::\d+)?)\/((?:[a-z0-9._-]+\/)*[a-z0-9._-]+)(?=[:@\s"',]|$)(?::[\w.-]+)?/g;
/** Lines that name an image, as opposed to an address or a package. */
const NAMES_IMAGE =
	/^\s*FROM\b|--from=|\bimages?\b|\bdocker\b|\bBASE\w*\s*[=:]|\bpodman\b|\bbuildx\b|IMAGE|\bcrane\b|\btags?:/i;
const NOT_REGISTRY =
	/^(?:github\.com|gitlab\.com|pypi\.org|www\.|raw\.|files\.|download\.|docs\.|example\.)|\.(?:sh|py|json|ya?ml|txt|md|conf|js|ts|html)$/;

interface Stated {
	host: string;
	place: FilePlace;
}

export default {
	code: "TS316",
	scope: "static",
	severity: "warning",
	question: "Does every image of one's own come from one registry in all build files?",
	why: "After a move of the registry by hand one default still points to the old one: the base is not found, or an old one is used.",
	example:
		"`ARG BASE_IMAGE=ghcr.io/acme/app-base:1` in Dockerfile and `registry.example.com/acme/app-base` in the workflow: name one of them in both.",
	run(tree) {
		const files = buildFilesOf(tree);
		const groups = new Map<string, Stated[]>();
		for (const file of files)
			for (const [name, stated] of statedIn(file)) {
				const group = groups.get(name);
				if (group) group.push(stated);
				else groups.set(name, [stated]);
			}
		const findings = [...groups].flatMap(([name, all]): Found[] => {
			const hosts = Map.groupBy(all, ({ host }) => host);
			if (hosts.size < 2) return [];
			const sides = [...hosts].toSorted(([, a], [, b]) => a.length - b.length);
			const places = sides.flatMap(([, stated]) => stated.slice(0, 3).map(({ place }) => place));
			return [
				{
					message: `the image ${name} comes from ${[...hosts.keys()].toSorted().join(" and from ")}`,
					evidence: places as unknown as Found["evidence"],
					fix: { say: `name ${sides.at(-1)![0]} here too, if that is the registry that the image is pushed to` },
				},
			];
		});
		return { looked: `${files.length} build files`, findings };
	},
} satisfies StaticCheck;

function buildFilesOf(tree: Tree): SourceFile[] {
	const dockerfiles = new Set(dockerfilesOf(tree).map(({ file }) => file));
	return tree.files.filter(
		(file) =>
			!isAside(file.path) &&
			!isTest(file.path) &&
			!isSample(file.path) &&
			(dockerfiles.has(file) ||
				file.language === "shell" ||
				file.language === "powershell" ||
				file.language === "yaml" ||
				file.language === "env" ||
				/(?:^|\/)(?:Makefile|justfile|docker-bake\.hcl)$/.test(file.path)),
	);
}

function statedIn(file: SourceFile): [string, Stated][] {
	if (!file.has(NAMES_IMAGE)) return [];
	return file.lines.flatMap((line, index): [string, Stated][] => {
		if (!line.includes("/") || !NAMES_IMAGE.test(line) || /^\s*(?:#(?!\s*syntax=)|\/\/)/.test(line)) return [];
		return [...(line.includes("#") ? line.replace(/\s#\s.*$/, "") : line).matchAll(IMAGE)].flatMap(
			([, host, path]): [string, Stated][] =>
				NOT_REGISTRY.test(host!) || line.slice(0, line.indexOf(host!)).endsWith("://") || path!.endsWith(".git")
					? []
					: [[path!.split("/").slice(-2).join("/"), { host: host!, place: file.place(index + 1) }]],
		);
	});
}
