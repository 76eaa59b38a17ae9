import { shellScriptOf, type Command } from "../shell/lexer.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { runOf, type Run } from "../workflows/docker.ts";
import { scriptsOf } from "../workflows/script.ts";

export default {
	code: "TS218",
	scope: "static",
	severity: "error",
	question: "Has no `-e NAME=` of docker run a blank after the equals sign?",
	why: "Docker takes the word after the blank for the name of the image: the container never starts, and the value, often a password, is shown in the error.",
	example: "`-e PASSWORD= hunter2 app` → `-e PASSWORD=hunter2 app`, better an env file.",
	run(tree) {
		const steps = scriptsOf(tree);
		const files = tree.in("shell").filter((file) => file.has(/\b(?:docker|podman)\s+run\b/));
		const findings = [
			...steps.flatMap(({ commands, place }) => commands.flatMap((command) => blankIn(command, place))),
			...files.flatMap((file) =>
				shellScriptOf(file).commands.flatMap((command) => blankIn(command, (at) => file.placeAt(at))),
			),
		];
		return { looked: `${steps.length} scripts of workflows, ${files.length} shell files`, findings };
	},
} satisfies StaticCheck;

function blankIn(command: Command, place: (at: number) => FilePlace): Found[] {
	const run = runOf(command);
	const last = run?.options.at(-1);
	if (
		run?.image === undefined ||
		last === undefined ||
		!["-e", "--env"].includes(last.name) ||
		!/^\w+=$/.test(last.text) ||
		!goesOn(run)
	)
		return [];
	return [
		{
			message: `\`${last.name} ${last.text}\` has a blank after the equals sign: docker takes the next word for the image`,
			evidence: [place(last.value?.start ?? last.word.start)],
			fix: { say: `join them: ${last.name} ${last.text}VALUE, or give the value by --env-file` },
		},
	];
}

/** Whether options of docker, or an image, follow the word that docker would take for the image. */
const goesOn = ({ args, image }: Run): boolean =>
	args.some(({ text }) =>
		/^(?:-e|--env|-p|--publish|-v|--volume|--name|--network|--rm|-d|--gpus|--restart)(?:=|$)/.test(text),
	) ||
	(args.length === 1 && /^["']?\$\{?\w*image\b/i.test(args[0]!.text)) ||
	(args.length === 1 &&
		!/[/:]/.test(image!.text) &&
		/^[a-z0-9][\w.-]*(?:\/[\w./-]+)?(?::[\w.-]+|@sha256:\w+)$|\//.test(args[0]!.text));
