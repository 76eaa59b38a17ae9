import { installOf } from "../dockerfile/install.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS306",
	scope: "static",
	severity: "error",
	question: "Does every stage that installs packages end up in an image?",
	why: "When the last stage starts from the raw base, what the other one installed is in no image: services die at their first import.",
	example:
		"`FROM base AS deps`, `RUN pip install …`, then `FROM base`: the last line must be `FROM deps`, or copy from it.",
	run(tree) {
		const models = dockerfilesOf(tree);
		return { looked: `${models.length} Dockerfiles`, findings: models.flatMap((model) => unused(tree, model)) };
	},
} satisfies StaticCheck;

function unused(tree: Tree, { file, stages }: DockerModel): Found[] {
	const last = stages.at(-1);
	if (last === undefined || stages.some(({ base }) => mayBeStage(base))) return [];
	return stages.slice(0, -1).flatMap((stage): Found[] => {
		const step = stage.steps.find(
			(one) => one.keyword === "RUN" && scriptOf(one).commands.some((command) => installOf(command) !== undefined),
		);
		if (step === undefined || stages.some((other) => other !== stage && uses(other, stage)) || isTarget(tree, stage))
			return [];
		return [
			{
				message: `${file.path} installs packages in the stage ${stage.name ?? stage.index}, and no other stage uses it`,
				evidence: [file.placeAt(last.from.start), file.placeAt(stage.from.start), file.placeAt(step.start)],
				fix: {
					say:
						stage.name === undefined
							? `name the stage (FROM … AS deps) and end with FROM deps, or COPY --from=deps`
							: `start the last stage with FROM ${stage.name}, or COPY --from=${stage.name}`,
				},
			},
		];
	});
}

/** `FROM deps-${KIND}`; an address of an image, with a registry or a tag, is none. */
const mayBeStage = (base: string): boolean =>
	base.includes("$") && !base.startsWith("$") && !/[/:@]/.test(base.replaceAll(/\$\{[^}]*\}/g, ""));

function uses(other: Stage, { name, index }: Stage): boolean {
	if (other.parent?.index === index) return true;
	const used = usedBy(other);
	return used.has(String(index)) || (name !== undefined && used.has(name));
}

/** What a stage names behind `from=`, in COPY and in mounts, in lower case. */
const usedBy = once(
	(stage: Stage): ReadonlySet<string> =>
		new Set(
			stage.steps.flatMap(({ flags, args }) => [
				flags.get("from")?.toLowerCase() ?? "",
				...[...args.matchAll(/from=([\w.-]+)/gi)].map(([, name]) => name!.toLowerCase()),
			]),
		),
);

/** Somebody builds the stage by its name. */
function isTarget(tree: Tree, { name }: Stage): boolean {
	if (name === undefined) return false;
	const asked = new RegExp(`(?:--target[= ]|\\btarget["']?\\s*[:=]\\s*)["']?${RegExp.escape(name)}(?![\\w-])`, "i");
	return tree.files.some(({ text, language }) => language !== "dockerfile" && asked.test(text));
}
