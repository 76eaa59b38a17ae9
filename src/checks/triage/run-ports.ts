import { placeIn } from "../facts/found.ts";
import { machineTemplates, type MachineTemplate } from "../facts/machine-templates.ts";
import { portsOf } from "../facts/ports.ts";
import { commandPorts } from "../facts/service-ports.ts";
import { standingOf } from "../facts/standing.ts";
import { dockerfileOf } from "../dockerfile/image-of.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { isComment } from "../tree/tokens.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const LANGUAGES = new Set(["shell", "yaml", "powershell", "batch", "markdown"]);
const RUN = /\b(?:docker|podman)[ \t]+run\b((?:[^\n\\`;&|]|[\\`]\r?\n|\\(?!\r?\n))*)/g;
const MAPPED = /(?:^|\s)(?:-p|--publish)[ =]["']?(?:[\d.]+:)?\d{2,5}:(\d{2,5})(?:\/tcp)?["']?(?=\s|$)/g;

export default {
	code: "TS380",
	scope: "static",
	severity: "error",
	question: "Does `docker run`, or the template of a machine, publish the port on which the image of the tree listens?",
	why: "The container runs, and nothing answers on the published port: a smoke test waits until its time is over.",
	example: "`docker run -p 8081:8081 gate:ci` and the Dockerfile has `EXPOSE 8080`: write -p 8081:8080.",
	run(tree) {
		const images = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path) && standingOf(file.path) === "live");
		const [only] = images;
		const ports = images.length === 1 ? only!.stages.at(-1)!.steps.filter(({ keyword }) => keyword === "EXPOSE") : [];
		const open = ports.flatMap((step) =>
			[...step.rest.matchAll(/\d+/g)].map(([port]) => ({ port: Number(port), place: only!.file.placeAt(step.start) })),
		);
		const all = [
			...open,
			...(only === undefined
				? []
				: commandPorts(only.file).map(({ port, line }) => ({ port, place: only.file.place(line) }))),
		];
		const computed = ports.some(({ rest }) => rest.includes("$"));
		const files =
			images.length !== 1 || open.length === 0 || computed
				? []
				: tree.files.filter(
						(file) =>
							(LANGUAGES.has(file.language) || /(?:^|\/)(?:Makefile|justfile)$/.test(file.path)) &&
							file.has(/\b(?:docker|podman)[ \t]+run\b/) &&
							/^(?:live|docs)$/.test(standingOf(file.path)),
					);
		const built = files.length === 0 ? new Set<string>() : builtNames(tree.files);
		const templates = dockerfilesOf(tree).length === 0 ? [] : machineTemplates(tree);
		return {
			looked: `${files.length} files with docker run, ${templates.length} templates of machines`,
			findings: [
				...files.flatMap((file) => inFile(file, built, all)),
				...templates.flatMap((one) => inTemplate(tree, one)),
			],
		};
	},
} satisfies StaticCheck;

/** Names that the tree gives to the image it builds: `-t gate:ci`, `tags: gate:ci`. */
const builtNames = (files: readonly SourceFile[]): Set<string> =>
	new Set(
		files.flatMap((file) =>
			standingOf(file.path) === "vendored" ||
			(file.language !== "yaml" && !file.has(/\b(?:docker|podman|buildx)\b/)) ||
			!file.has(/\bbuild\b|build-push-action/)
				? []
				: [
						...file.text.matchAll(
							/(?:\bbuild\b[^\n]*[ \t](?:-t|--tag)[ =]|^[ \t]*tags:[ \t]*)["']?([\w./-]+(?::[\w.-]+)?)/gm,
						),
					].map(([, name]) => bare(name!)),
		),
	);

const bare = (image: string): string => image.replace(/:[\w.-]+$/, "");

function inFile(
	file: SourceFile,
	built: ReadonlySet<string>,
	open: readonly { port: number; place: FilePlace }[],
): Found[] {
	return file.matches(RUN).flatMap(({ 1: rest, index }): Found[] => {
		const words = rest!
			.replaceAll(/[\\`]\r?\n/g, " ")
			.split(/\s+/)
			.map((word) => word.replaceAll(/["']/g, ""));
		const at = words.findIndex(
			(word, index) =>
				built.has(bare(word)) &&
				!/^(?:--name|-h|--hostname|--network-alias|--network|-v|-w)$/.test(words[index - 1] ?? ""),
		);
		// Another command or port makes it listen elsewhere.
		if (
			at === -1 ||
			words.slice(at + 1).some((word) => word !== "" && word !== "}") ||
			/PORT|LISTEN|ADDR|BIND|--env-file|--entrypoint|--network[= ]host/i.test(rest!) ||
			isComment(file, index)
		)
			return [];
		return [...rest!.matchAll(MAPPED)].flatMap(({ 0: all, 1: port, index: mapped }) => {
			if (open.some((one) => one.port === Number(port))) return [];
			const start = index + file.text.slice(index).indexOf(rest!) + mapped;
			return [
				{
					message: `${file.path} publishes port ${port!} of ${words[at]!}, and its image listens on ${[...new Set(open.map((one) => one.port))].join(", ")}`,
					evidence: [placeIn(file, file.lineAt(start + all.length - 1)), open[0]!.place] as const,
					fix: { say: `write ${open[0]!.port} for the port of the container` },
				},
			];
		});
	});
}

/** The ports of EXPOSE of its image's Dockerfile, where nothing of the tree listens on the one that is published. */
function inTemplate(tree: Tree, { image, ports }: MachineTemplate): Found[] {
	const path = dockerfileOf(tree, image);
	const model = dockerfilesOf(tree).find(({ file }) => file.path === path);
	const exposed = model?.stages.at(-1)!.steps.filter(({ keyword }) => keyword === "EXPOSE") ?? [];
	const open = exposed.flatMap(({ rest }) => [...rest.matchAll(/\d+/g)].map(([port]) => Number(port)));
	if (open.length === 0 || exposed.some(({ rest }) => rest.includes("$"))) return [];
	const heard = new Set(portsOf(tree).listeners.flatMap(({ sure, port }) => (sure ? [port] : [])));
	return ports
		.filter(({ port }) => port !== 22 && !open.includes(port) && !heard.has(port))
		.map(({ port, file, line }): Found => ({
			message: `${file.path} publishes port ${port} of ${image}, and its image listens on ${[...new Set(open)].join(", ")}`,
			evidence: [placeIn(file, line), model!.file.placeAt(exposed[0]!.start)],
			fix: { say: `write ${open[0]!} for the port of the container` },
		}));
}
