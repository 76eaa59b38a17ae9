import { ValidationCode, validate } from "dockerfile-utils";
import { dockerfilesOf, execForm, scriptOf, type DockerModel } from "../dockerfile/model.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What dockerfile-utils reports and Docker builds all the same, or what another check tells better. */
const FINE = new Set<number | string | undefined>([
	ValidationCode.CASING_INSTRUCTION,
	ValidationCode.CASING_DIRECTIVE,
	ValidationCode.EMPTY_CONTINUATION_LINE,
	ValidationCode.MULTIPLE_INSTRUCTIONS,
	ValidationCode.DEPRECATED_MAINTAINER,
	ValidationCode.BASE_NAME_EMPTY,
	ValidationCode.INVALID_REFERENCE_FORMAT,
	ValidationCode.INVALID_PORT,
	ValidationCode.UNKNOWN_ADD_FLAG,
	ValidationCode.UNKNOWN_COPY_FLAG,
	ValidationCode.UNKNOWN_FROM_FLAG,
	ValidationCode.JSON_IN_SINGLE_QUOTES,
	ValidationCode.ONBUILD_TRIGGER_DISALLOWED,
]);

export default {
	code: "TS301",
	scope: "static",
	severity: "error",
	question: "Can Docker read every Dockerfile?",
	why: "An instruction that Docker does not know, a here-document without end or a shell line that does not parse fails the build, minutes after the push.",
	example: "`RUN <<EOF` without a line `EOF` takes the rest of the file for its text.",
	run(tree) {
		const models = dockerfilesOf(tree);
		const findings = models.flatMap((model) => [
			...refused(model),
			...openHeredocs(model),
			...shellFaults(model),
			...unknownStages(model),
		]);
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

function refused({ file, steps }: DockerModel): Found[] {
	const heredocs = steps.some(({ rest }) => /<<-?["']?\w/.test(rest));
	return validate(file.text, {
		deprecatedMaintainer: 0,
		instructionCasing: 0,
		directiveCasing: 0,
		emptyContinuationLine: 0,
		instructionCmdMultiple: 0,
		instructionEntrypointMultiple: 0,
		instructionHealthcheckMultiple: 0,
	})
		.filter(
			({ code, severity }) =>
				!FINE.has(code) &&
				severity === 1 &&
				!(heredocs && code === ValidationCode.UNKNOWN_INSTRUCTION && insideHeredoc(file.text, steps)),
		)
		.slice(0, 3)
		.map(({ message, range }) => ({
			message: `Docker cannot read ${file.path}: ${textOf(message)}`,
			evidence: [file.place(range.start.line + 1)],
			fix: { say: "mend the instruction: https://docs.docker.com/reference/dockerfile/" },
		}));
}

/** dockerfile-utils takes the text of some here-documents for instructions. */
const insideHeredoc = (text: string, steps: DockerModel["steps"]): boolean =>
	steps.some(({ start, end }) => /<<-?["']?\w/.test(text.slice(start, end)));

/** Here-documents of Docker itself; those of a shell's command are the shell's. */
function openHeredocs({ file, steps }: DockerModel): Found[] {
	return steps.flatMap((step): Found[] => {
		const own = step.keyword === "RUN" ? step.rest.startsWith("<<") : step.keyword === "COPY" || step.keyword === "ADD";
		const [first = "", ...body] = step.rest.split(/\r?\n/);
		if (!own || execForm(step) !== undefined) return [];
		const open = [...first.matchAll(/(?<![<\w])<<-?(["']?)([A-Za-z_]\w*)\1/g)].find(
			([, , name]) => !body.some((line) => line.replace(/^\t+/, "") === name),
		);
		if (open === undefined) return [];
		return [
			{
				message: `Docker cannot read ${file.path}: the here-document ${open[2]!} has no end`,
				evidence: [file.placeAt(step.start)],
				fix: { say: `write ${open[2]!} alone on a line, at its start` },
			},
		];
	});
}

function shellFaults({ file, stages }: DockerModel): Found[] {
	if (file.has(/^#\s*escape\s*=\s*`/im)) return [];
	return stages.flatMap(({ steps }) => {
		// Another shell has another syntax.
		if (steps.some(({ keyword, rest }) => keyword === "SHELL" && !/\/(?:ba|da)?sh"/.test(rest))) return [];
		return steps.flatMap((step): Found[] => {
			if (!/^(?:RUN|CMD|ENTRYPOINT)$/.test(step.keyword) || execForm(step) !== undefined) return [];
			const [fault] = scriptOf(step).faults;
			if (fault === undefined) return [];
			const at = step.restAt + fault.at;
			return [
				{
					message: `no shell can read a ${step.keyword} of ${file.path}: ${fault.message}`,
					evidence: [
						file.placeAt(at),
						...(file.lineAt(at) === file.lineAt(step.start) ? [] : [file.placeAt(step.start)]),
					],
					fix: { say: "close it, or put the commands into a script and COPY that" },
				},
			];
		});
	});
}

/** `--from` and FROM of a stage that is written otherwise. */
function unknownStages({ file, stages }: DockerModel): Found[] {
	const names = new Set(stages.flatMap(({ name }) => name ?? []));
	return stages.flatMap(({ steps, index }) =>
		steps.flatMap((step): Found[] => {
			const from = step.flags.get("from")?.toLowerCase();
			if (from === undefined || /[$:@/.]/.test(from) || names.has(from)) return [];
			const number = /^\d+$/.test(from) ? Number(from) : undefined;
			const near = [...names].find((name) => distanceOne(name, from));
			if (number === undefined ? near === undefined : number < index) return [];
			return [
				{
					message: `${file.path} copies from the stage ${from}, which is ${number === undefined ? `none of its stages: ${[...names].join(", ")}` : "not before it"}`,
					evidence: [file.placeAt(step.start)],
					fix: { say: near === undefined ? "name a stage above" : `write --from=${near}` },
				},
			];
		}),
	);
}

/** One letter more, fewer, other or swapped. */
function distanceOne(a: string, b: string): boolean {
	let at = 0;
	while (at < a.length && a[at] === b[at]) at += 1;
	const [x, y] = [a.slice(at), b.slice(at)];
	return (
		x.slice(1) === y.slice(1) ||
		x.slice(1) === y ||
		x === y.slice(1) ||
		(x.slice(2) === y.slice(2) && x[0] === y[1] && x[1] === y[0])
	);
}

/** The newest protocol of language servers has marked-up messages, too. */
const textOf = (message: string | { value: string }): string => (typeof message === "string" ? message : message.value);
