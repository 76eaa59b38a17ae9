import { posix } from "node:path";
import { composeServices, itemsOf } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { chainOf, copiesOf, rootOf } from "../dockerfile/image-files.ts";
import { dockerfileOf } from "../dockerfile/image-of.ts";
import { dockerfilesOf, execForm, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS339",
	scope: "static",
	severity: "error",
	question: "Does an image have the program that its ENTRYPOINT, CMD or health check starts?",
	why: "The container ends at once with `no such file or directory`; a health check without its program makes a healthy container unhealthy for ever.",
	example:
		'`COPY --from=build /out/gate /usr/local/bin/gate` and `ENTRYPOINT ["/usr/local/bin/gateway"]`: start gate. `curl` on python:3.12-slim: install it.',
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const findings = models.flatMap((model) => {
			const stage = model.stages.at(-1);
			return stage === undefined ? [] : [...started(model, stage), ...probed(tree, model, stage)];
		});
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

/** Images without a program of an application: what stands in such a folder, an instruction has put there. */
const BARE =
	/^(?:docker\.io\/)?(?:library\/)?(?:scratch|alpine|debian|ubuntu|busybox)(?:[:@]|$)|^gcr\.io\/distroless\//;

/** The program beside one that a COPY brings, with another name. */
function started({ file }: DockerModel, stage: Stage): Found[] {
	if (!BARE.test(rootOf(stage).base)) return [];
	const step =
		stage.steps.findLast(({ keyword }) => keyword === "ENTRYPOINT") ??
		stage.steps.findLast(({ keyword }) => keyword === "CMD");
	const program = step === undefined ? undefined : (execForm(step)?.[0] ?? scriptOf(step).commands[0]?.words[0]?.text);
	if (
		step === undefined ||
		program === undefined ||
		!/^\/(?:usr\/local\/bin|app|opt|srv|bin)?\/?[\w./-]+$/.test(program)
	)
		return [];
	const copies = copiesOf(stage);
	if (copies.some(({ to }) => to === undefined)) return [];
	const base = posix.basename(program);
	const lands = copies.flatMap(({ sources, to, step: by }) =>
		sources.map((source) => ({
			by,
			path: to!.endsWith("/") || sources.length > 1 ? posix.join(to!, posix.basename(source)) : to!,
		})),
	);
	const beside = lands.filter(({ path }) => posix.dirname(path) === posix.dirname(program));
	const known =
		lands.some(({ path }) => path === program || program.startsWith(`${path.replace(/\/$/, "")}/`)) ||
		copies.some(({ sources, to }) => program.startsWith(`${to!.replace(/\/$/, "")}/`) && sources.some(mayBeFolder));
	const named = chainOf(stage).some(({ steps }) =>
		steps.some(
			(one) =>
				one !== step &&
				!/^(?:CMD|ENTRYPOINT|LABEL)$/.test(one.keyword) &&
				new RegExp(`(?<![\\w.-])${base}(?![\\w-])`).test(one.rest),
		),
	);
	// A file of the copy's own name lies in a folder that was there already.
	const [one] = beside.filter(({ path }) => path !== program);
	if (known || named || one === undefined || !isProgram(one.by)) return [];
	return [
		{
			message: `${file.path} starts ${program}, and what it copies there is ${beside.map(({ path }) => path).join(", ")}`,
			evidence: [file.placeAt(step.start), file.placeAt(one.by.start)],
			fix: { say: `start ${one.path}` },
		},
	];
}

/** What lies in a folder is copied by its own names. */
const mayBeFolder = (source: string): boolean =>
	/\/$|[*?[]|(?:^|\/)(?:\.|out|output|bin|dist|build|release|target|rootfs)$/.test(source);

/** From a stage, by one name: a built program. */
const isProgram = (step: Step): boolean => step.flags.has("from") && !/\.\w{1,5}\s/.test(step.rest.trim());

/** Bases on which it is known whether they have curl and wget. */
const WITHOUT: readonly (readonly [RegExp, readonly string[]])[] = [
	[/^(?:docker\.io\/)?(?:library\/)?(?:python|node):[\w.]*-?(?:slim|[a-z]+-slim|slim-[a-z]+)(?:@|$)/, ["curl", "wget"]],
	[/^(?:docker\.io\/)?(?:library\/)?(?:debian|ubuntu)(?:[:@]|$)/, ["curl", "wget"]],
	[/^(?:docker\.io\/)?(?:library\/)?(?:(?:python|node|golang):\S*alpine\S*|alpine(?:[:@]\S*)?)$/, ["curl"]],
	[/^gcr\.io\/distroless\/|^scratch$/, ["curl", "wget", "sh"]],
];

function probed(tree: Tree, model: DockerModel, stage: Stage): Found[] {
	const base = withDefaults(model, rootOf(stage).base);
	const lacks = /[$]/.test(base) ? [] : (WITHOUT.find(([image]) => image.test(base))?.[1] ?? []);
	if (lacks.length === 0) return [];
	const runs = chainOf(stage).flatMap(({ steps }) => steps.filter(({ keyword }) => /^(?:RUN|COPY|ADD)$/.test(keyword)));
	const text = runs.map(({ rest }) => rest).join("\n");
	return probesOf(tree, model, stage).flatMap(({ words, place }): Found[] => {
		const program = lacks.find((one) => new RegExp(`(?<![\\w./-])${one}(?![\\w.-])`).test(words));
		// Installed by any instruction, or by a script or list that one runs.
		if (program === undefined || new RegExp(`\\b${program}\\b|build-essential|\\.sh\\b|packages\\.txt`).test(text))
			return [];
		return [
			{
				message: `the health check in ${place.path} runs ${program}, which ${base} does not have and ${model.file.path} does not install`,
				evidence: [place, model.file.placeAt(rootOf(stage).from.start)],
				fix: {
					say:
						program === "sh"
							? "check from outside, or bring a program for it"
							: `install ${program}, or check with the language that is there`,
				},
			},
		];
	});
}

/** With the defaults of ARG before the first FROM. */
const withDefaults = ({ globals }: DockerModel, base: string): string =>
	base.replaceAll(
		/\$\{?(\w+)(?::-[^}]*)?\}?/g,
		(all, name: string) => globals.get(name)?.value?.replaceAll(/^["']|["']$/g, "") ?? all,
	);

/** Of the Dockerfile, and of the compose services that are built by it or run its image. */
function probesOf(tree: Tree, { file }: DockerModel, stage: Stage): { words: string; place: FilePlace }[] {
	const own = stage.steps
		.filter(({ keyword, rest }) => keyword === "HEALTHCHECK" && !/^NONE\b/i.test(rest))
		.map((step) => ({ words: step.rest.replace(/^CMD\s+/i, ""), place: file.placeAt(step.start) }));
	const composed = composeServices(tree)
		.filter(
			(service) =>
				(service.dockerfile === file.path ||
					(service.build === undefined &&
						service.image !== undefined &&
						dockerfileOf(tree, service.image) === file.path)) &&
				!service.lines.some(({ path }) => path.slice(2).join(".") === "build.target"),
		)
		.flatMap((service) =>
			itemsOf(service, "healthcheck")
				.filter(({ value }) => /\b(?:curl|wget)\b/.test(value))
				.map(({ value, line }) => ({ words: value.replaceAll(/["',[\]]+/g, " "), place: placeIn(service.file, line) })),
		);
	return [...own, ...composed].map((one) => ({ ...one, words: one.words.replaceAll(/["',[\]]+/g, " ") }));
}
