import { chainOf, rootOf } from "../dockerfile/image-files.ts";
import { installOf } from "../dockerfile/install.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { baseOf } from "../dockerfile/reference.ts";
import { editAt } from "../facts/found.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Debian 12, Ubuntu 23.04, Alpine 3.19 and later mark their Python as their own (PEP 668). */
const MARKED =
	/^(?:docker\.io\/)?(?:library\/)?(?:debian:(?:1[2-9]|bookworm|trixie|testing|stable)(?![\d])|ubuntu:(?:2[3-9]\.(?:04|10)|noble|mantic|oracular|plucky)|alpine:(?:3\.(?:19|[2-9]\d)))|^(?:docker\.io\/|nvcr\.io\/)?nvidia\/cuda:\S*ubuntu2[4-9]\.04/;
/** Another Python, a folder of its own, or the mark taken away. */
const OTHERWISE =
	/\bvenv\b|virtualenv|conda|mamba|pyenv|deadsnakes|get-pip|EXTERNALLY-MANAGED|PIP_BREAK_SYSTEM_PACKAGES|break-system-packages|UV_BREAK_SYSTEM|PIP_TARGET|PIP_PREFIX|Python-\d|\buv\b|pipx/i;

export default {
	code: "TS351",
	scope: "static",
	severity: "error",
	question: "Does no image install packages into a Python that belongs to its distribution?",
	why: "pip refuses with `externally-managed-environment`, and the build of the image ends there; it went well on the release before.",
	example:
		"`RUN pip3 install flask` on debian:12; write `RUN python3 -m venv /opt/venv` and install with /opt/venv/bin/pip.",
	run(tree) {
		const models = dockerfilesOf(tree);
		return {
			looked: `${models.length} Dockerfiles`,
			findings: models.flatMap((model) => model.stages.flatMap((stage) => inStage(model, stage))),
		};
	},
} satisfies StaticCheck;

function inStage(model: DockerModel, stage: Stage): Found[] {
	const base = baseOf(model, rootOf(stage));
	const chain = chainOf(stage).flatMap(({ steps }) => steps);
	if (base.computed || !MARKED.test(base.text) || chain.some(({ rest }) => OTHERWISE.test(rest))) return [];
	const commands = stage.steps.flatMap((step) =>
		step.keyword === "RUN"
			? scriptOf(step).commands.map((command) => ({ step, command, install: installOf(command) }))
			: [],
	);
	const first = commands.find(
		({ install, command }) =>
			install?.tool === "pip" &&
			/^(?:pip3?|python3? -m pip) install$/.test(install.called) &&
			!install.rest.some((word) => /^(?:-t|--target|--prefix|--root|--user|--python)\b/.test(word)) &&
			command.words.every(({ dynamic }) => !dynamic),
	);
	const system = chain.some(({ rest }) => /\b(?:python3-pip|py3-pip|python3-venv)\b/.test(rest));
	if (!first || !system) return [];
	const at = first.step.restAt + first.command.words[0]!.start;
	const word = first.command.words.find(({ text }) => text === "install");
	return [
		{
			message: `\`${first.install!.called}\` of ${model.file.path} installs into the Python of ${base.text}, which refuses it`,
			evidence: [model.file.placeAt(at), model.file.placeAt(rootOf(stage).from.start)],
			fix: {
				say: "make an environment (python3 -m venv /opt/venv) and install with its pip, or write --break-system-packages where nothing else uses this Python",
				...(word === undefined
					? {}
					: editAt(model.file, first.step.restAt + word.start, "install", "install --break-system-packages")),
			},
		},
	];
}
