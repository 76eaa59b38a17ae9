import { landingFolders } from "../dockerfile/landing-folders.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { usersOf, type Users } from "../dockerfile/users.ts";
import { valueOf } from "../data/ini.ts";
import type { Command } from "../shell/lexer.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";

export default {
	code: "TS140",
	scope: "static",
	severity: "error",
	question: "Has an image every user that its programs and instructions name, before it is named?",
	why: "supervisord refuses its whole configuration, a build stops at COPY --chown or USER, and gosu and chown end with `no such user`.",
	example: "`user=worker` in a supervisor file, and the Dockerfile has `useradd app`: write user=app, or make worker.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(
			({ file }) => !isAside(file.path) && !isSample(file.path) && !isTest(file.path),
		);
		const findings = models.flatMap((model) =>
			model.stages.flatMap((stage) => inStage(tree, model, stage, stage === model.stages.at(-1))),
		);
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

interface Named {
	name: string;
	place: FilePlace;
	/** Of the instruction, in the Dockerfile that is looked at. */
	step?: Step;
}

function inStage(tree: Tree, model: DockerModel, stage: Stage, isLast: boolean): Found[] {
	const own = stage.steps.flatMap((step) => namedIn(model, step));
	const others = isLast ? inFiles(tree, model) : [];
	if (own.length + others.length === 0) return [];
	const users = usersOf(tree, model, stage);
	if (users === undefined) return [];
	const known = new Set(users.made.map(({ name }) => name));
	return [...Map.groupBy([...own, ...others], ({ name }) => name)].flatMap(([name, all]): Found[] => {
		if (!/^[A-Za-z_][\w.-]*$/.test(name) || users.isBrought(name)) return [];
		return known.has(name) ? tooEarly(model, users, all) : [missing(model, stage, users, all)];
	});
}

function missing({ file }: DockerModel, stage: Stage, { made }: Users, [first, ...others]: readonly Named[]): Found {
	const names = [...new Set(made.map(({ name }) => name))].filter((one) => /^[a-z_][\w-]*$/.test(one));
	const maker = made.find(({ name }) => names.includes(name));
	return {
		message: `${first!.place.path} names the user ${first!.name}, which nothing in the image of ${file.path} makes`,
		evidence: [
			first!.place,
			...others.slice(0, 4).map(({ place }) => place),
			maker === undefined ? file.placeAt(stage.from.start) : maker.model.file.placeAt(maker.step.start),
		],
		fix: {
			say:
				maker === undefined
					? `make it before: RUN useradd --system ${first!.name}`
					: `write ${maker.name}, which ${maker.model.file.path} makes, or make ${first!.name}`,
		},
	};
}

/** An instruction names a user that a later one makes. */
function tooEarly({ file }: DockerModel, { made }: Users, all: readonly Named[]): Found[] {
	const [{ name }] = all as [Named];
	const makers = made.filter((one) => one.name === name);
	if (makers.some(({ model }) => model.file !== file)) return [];
	const first = Math.min(...makers.map(({ step }) => step.start));
	const early = all.find(({ step }) => step !== undefined && step.start < first);
	return early === undefined
		? []
		: [
				{
					message: `${file.path} names the user ${name} before the instruction that makes it`,
					evidence: [early.place, file.placeAt(first)],
					fix: { say: `make ${name} above that line` },
				},
			];
}

/** The user that a command runs as, or gives files to. */
function namedBy(command: Command): string | undefined {
	const [first, second, ...rest] = argumentsOf(command).map(({ text }) => text);
	const after = (option: RegExp): string | undefined => {
		const all = [second ?? "", ...rest];
		const at = all.findIndex((one) => option.test(one));
		return at === -1 ? undefined : (/^--\w[\w-]*=(.+)$/.exec(all[at]!)?.[1] ?? all[at + 1]);
	};
	const plain = [second ?? "", ...rest].find((one) => !one.startsWith("-"));
	if (first === "gosu" || first === "su-exec" || first === "chpst") return plain?.split(":")[0];
	if (first === "chown") return after(/^--reference/) === undefined ? plain?.split(":")[0] : undefined;
	if (first === "runuser" || first === "sudo") return after(/^(?:-u|--user(?:=.*)?)$/);
	if (first === "setpriv") return after(/^--reuid(?:=.*)?$/);
	return first === "install" ? after(/^(?:-o|--owner(?:=.*)?)$/) : undefined;
}

function namedIn({ file }: DockerModel, step: Step): Named[] {
	const { keyword, rest, flags } = step;
	const place = file.placeAt(step.start);
	if (keyword === "USER") return [{ name: rest.trim().split(":")[0]!.replaceAll(/["']/g, ""), place, step }];
	if (keyword === "COPY" || keyword === "ADD") {
		const owner = flags.get("chown")?.split(":")[0];
		return owner === undefined ? [] : [{ name: owner, place, step }];
	}
	if (keyword !== "RUN" || !/\b(?:chown|gosu|su-exec|runuser|install|setpriv)\b/.test(rest)) return [];
	const makes = /useradd|adduser/.test(rest);
	return scriptOf(step).commands.flatMap((command) => {
		const name = namedBy(command);
		// Within one instruction the order is that of the shell.
		return name === undefined
			? []
			: [{ name, place: file.placeAt(step.restAt + command.words[0]!.start), ...(makes ? {} : { step }) }];
	});
}

/** Files of supervisor and scripts that the image holds. */
function inFiles(tree: Tree, model: DockerModel): Named[] {
	const holds = (path: string): boolean => landingFolders(tree, [model], path).length > 0;
	const programs = supervisorFilesOf(tree)
		.filter(({ file }) => holds(file.path))
		.flatMap((ini) =>
			programsOf(ini).flatMap(({ section }): Named[] => {
				const user = valueOf(section, "user");
				return user === undefined ? [] : [{ name: user.value.trim(), place: ini.file.place(user.line) }];
			}),
		);
	const scripts = tree
		.in("shell")
		.filter(
			(file) =>
				file.has(/\b(?:gosu|su-exec|runuser|setpriv|chown|install)\b/) &&
				!file.has(/useradd|adduser/) &&
				holds(file.path),
		)
		.flatMap((file) =>
			shellScriptOf(file).commands.flatMap((command): Named[] => {
				const name = namedBy(command);
				return name === undefined ? [] : [{ name, place: file.placeAt(command.words[0]!.start) }];
			}),
		);
	return [...programs, ...scripts];
}
