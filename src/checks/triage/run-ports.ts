import { placeIn } from "../facts/found.ts";
import { commandPorts } from "../facts/service-ports.ts";
import { standingOf } from "../facts/standing.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const LANGUAGES = new Set(["shell", "yaml", "powershell", "batch", "markdown"]);
const RUN = /\b(?:docker|podman)[ \t]+run\b((?:[^\n\\`;&|]|[\\`]\r?\n|\\(?!\r?\n))*)/g;
const MAPPED = /(?:^|\s)(?:-p|--publish)[ =]["']?(?:[\d.]+:)?\d{2,5}:(\d{2,5})(?:\/tcp)?["']?(?=\s|$)/g;

export default {
	code: "TS380",
	scope: "static",
	severity: "error",
	question: "Does `docker run` publish the port on which the image of the tree listens?",
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
		return {
			looked: `${files.length} files with docker run`,
			findings: files.flatMap((file) => inFile(file, built, all)),
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
