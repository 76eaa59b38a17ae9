import { nearest } from "../../system/nearest.ts";
import { onPlainBase, rootOf } from "../dockerfile/image-files.ts";
import { assignments, dockerfilesOf, masked, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { passingIn, type Passing } from "../dockerfile/passed-arguments.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Build arguments of BuildKit itself, which every FROM knows. */
const PREDEFINED = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;
const USE = /(?<!\\)\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))/g;
/** Instructions whose variables Docker puts in itself, and RUN, whose environment holds them. */
const USING = /^(?:RUN|ENV|ARG|COPY|ADD|LABEL|WORKDIR|USER|EXPOSE|VOLUME|STOPSIGNAL)$/;

export default {
	code: "TS302",
	scope: "static",
	severity: "error",
	question: "Is every build argument declared: where it is used, and where a build passes it?",
	why: "An ARG above FROM is empty inside the stage, and one inside a stage is empty in FROM and in other stages: `name==` without a version, a label or a base without a name. What a build passes and no ARG declares has no effect.",
	example:
		"`ARG VERSION=1.2` stands above FROM and `RUN pip install app==$VERSION` below it: repeat `ARG VERSION` inside the stage.",
	run(tree) {
		const models = dockerfilesOf(tree);
		const passing = models.length === 0 ? [] : passingIn(tree);
		return {
			looked: `${models.length} Dockerfiles, ${passing.length} builds`,
			findings: [
				...models.flatMap((model) => [...inStages(model, passedTo(model, passing)), ...inFrom(model)]),
				...passing.flatMap((one) => undeclared(models, one)),
			],
		};
	},
} satisfies StaticCheck;

/** What builds of the tree pass to a Dockerfile: these names are meant as arguments, whatever an image sets. */
const passedTo = ({ file }: DockerModel, passing: readonly Passing[]): ReadonlySet<string> =>
	new Set(
		passing.flatMap(({ passed, dockerfiles }) =>
			dockerfiles.includes(file.path) ? passed.map(({ name }) => name) : [],
		),
	);

function inStages(model: DockerModel, passed: ReadonlySet<string>): Found[] {
	const { file, globals } = model;
	const others = argumentsOf(model);
	if (globals.size === 0 && others.size === 0) return [];
	const found = new Map<string, Found>();
	for (const stage of model.stages) {
		const known = knownFrom(stage.parent);
		for (const step of stage.steps) {
			if (USING.test(step.keyword))
				for (const { index, 1: braced, 2: bare } of masked(step).matchAll(USE)) {
					const name = braced ?? bare!;
					const global = globals.get(name)?.step;
					const sure = passed.has(name) && !PREDEFINED.test(name);
					const other = global ?? (!sure && mayComeWithBase(stage, name) ? undefined : others.get(name)?.step);
					if (
						other === undefined ||
						known.has(name) ||
						isSetBy(masked(step), name) ||
						found.has(name) ||
						hasDefault(masked(step), index)
					)
						continue;
					const where = global === undefined ? `in ${nameOf(others.get(name)!.stage)}` : "above FROM";
					found.set(name, {
						message: `${file.path} uses $${name} in a stage, and declares ARG ${name} only ${where}: it is empty there`,
						evidence: [file.placeAt(step.restAt + index), file.placeAt(other.start)],
						fix: { say: `repeat \`ARG ${name}\` below FROM, before its first use` },
						...(step.keyword === "LABEL" ? { severity: "warning" as const } : {}),
					});
				}
			if (step.keyword === "ARG" || step.keyword === "ENV") for (const [name] of assignments(step)) known.add(name);
		}
	}
	return [...found.values()];
}

/** Arguments of one stage alone, by name. */
function argumentsOf({ stages }: DockerModel): Map<string, { step: Step; stage: Stage }> {
	const declared = stages.flatMap((stage) =>
		stage.steps
			.filter(({ keyword }) => keyword === "ARG")
			.flatMap((step) => assignments(step).map(([name]) => [name, { step, stage }] as const)),
	);
	return new Map(stages.length > 1 ? declared.toReversed() : []);
}

const nameOf = ({ name, index }: Stage): string => (name === undefined ? `stage ${index}` : `the stage ${name}`);

/** Images set such names themselves: `NODE_VERSION`, `PATH`; of another one than Docker's library nobody knows what it sets. */
const mayComeWithBase = (stage: Stage, name: string): boolean =>
	PREDEFINED.test(name) ||
	/^(?:PATH|HOME|USER|LANG|LC_ALL|PWD|HOSTNAME|SHELL|TERM|https?_proxy|no_proxy)$/i.test(name) ||
	(/_(?:VERSION|HOME|PATH|SHA\d+|RELEASE)$/.test(name) && isOfBase(stage, name)) ||
	!onPlainBase(stage);

/** Parts of which several images of Docker's library set the version. */
const PARTS =
	/^(?:ACME|BUNDLE|CARGO|CATALINA|CUDA|DYNPKG|GEM|GO|GOSU|GPG|JAVA|JSYAML|LD|LEIN|LIB\w*|NCCL|NJS|NV|NVIDIA|OPENSSL|OTP|PG|PIP|PKG|REBAR3?|RUST|RUSTUP|YARN)$/;

/** `PYTHON_VERSION` on python, `PG_VERSION` on postgres; `APP_VERSION` is nobody's. */
function isOfBase(stage: Stage, name: string): boolean {
	const [part] = name.split("_") as [string];
	const image = rootOf(stage)
		.base.toLowerCase()
		.replace(/[:@].*$/, "")
		.replace(/^.*\//, "");
	return image.includes("$") || image.includes(part.toLowerCase()) || PARTS.test(part);
}

/** ENV and ARG of the stages that a stage stands on. */
function knownFrom(parent: Stage | undefined): Set<string> {
	const known = parent === undefined ? new Set<string>() : knownFrom(parent.parent);
	for (const step of parent?.steps ?? [])
		if (step.keyword === "ENV" || step.keyword === "ARG") for (const [name] of assignments(step)) known.add(name);
	return known;
}

/** A variable of the shell's own, or text for another shell. */
const isSetBy = (text: string, name: string): boolean =>
	new RegExp(
		`(?:^|[\\s;&|(])(?:export\\s+|local\\s+|read\\s+(?:-r\\s+)?|for\\s+)?${name}(?:=|\\s+in\\s)|\\bread\\b[^\\n;]*\\b${name}\\b`,
	).test(text);

const hasDefault = (text: string, at: number): boolean => /^\$\{\w+:?[-+?]/.test(text.slice(at, at + 80));

function inFrom({ file, stages, globals }: DockerModel): Found[] {
	return stages.flatMap((stage): Found[] => {
		for (const { 1: braced, 2: bare, index } of stage.base.matchAll(USE)) {
			const name = braced ?? bare!;
			if (globals.has(name) || PREDEFINED.test(name) || hasDefault(stage.base, index)) continue;
			const declared = stages.flatMap(({ steps }) =>
				steps.filter((step) => step.keyword === "ARG" && assignments(step).some(([own]) => own === name)),
			);
			return [
				{
					message: `${file.path} uses $${name} in FROM, and declares ${declared.length > 0 ? `ARG ${name} only inside a stage` : "it nowhere"}: the base has no name`,
					evidence: [file.placeAt(stage.from.start), ...declared.slice(0, 2).map(({ start }) => file.placeAt(start))],
					fix: { say: `declare \`ARG ${name}\` above the first FROM` },
				},
			];
		}
		return [];
	});
}

/** Those that every build knows: proxies, and what BuildKit itself reads (docs.docker.com, "Predefined ARGs"). */
const KNOWN = /^(?:(?:HTTPS?|FTP|NO|ALL)_PROXY|BUILDKIT_\w+|SOURCE_DATE_EPOCH|CACHEBUST|CACHE_BUST)$/i;

/** What a build passes, and none of the Dockerfiles that it may mean declares. */
function undeclared(models: readonly DockerModel[], { passed, dockerfiles }: Passing): Found[] {
	const meant = models.filter(({ file }) => dockerfiles.includes(file.path));
	const [model] = meant;
	// Another frontend, or an image that declares arguments for whoever builds on it, may know more.
	if (model === undefined || meant.some(({ file }) => /^#\s*syntax\s*=\s*(?!docker\/)/im.test(file.text.slice(0, 500))))
		return [];
	const declared = meant.flatMap(({ steps }) =>
		steps.flatMap((step) => (step.keyword === "ARG" ? assignments(step).map(([name, , at]) => ({ name, at })) : [])),
	);
	return passed
		.filter(({ name }) => !KNOWN.test(name) && !PREDEFINED.test(name) && !declared.some((one) => one.name === name))
		.map(({ name, place }): Found => {
			const free = declared.filter((one) => !passed.some((other) => other.name === one.name));
			const alike = nearest(
				name,
				free.map((one) => one.name),
			);
			const other =
				free.find((one) => one.name === alike) ??
				(new Set(free.map((one) => one.name)).size === 1 ? free[0] : undefined);
			return {
				message: `${place.path} passes the build argument ${name}, and ${model.file.path} declares ${other === undefined ? "none of that name" : `${other.name}`}: it has no effect`,
				severity: "warning",
				evidence: [place, model.file.placeAt(other?.at ?? model.stages[0]!.from.start)],
				fix: {
					say:
						other === undefined
							? `declare \`ARG ${name}\` in ${model.file.path} where it is used, or take it out`
							: `write ${other.name}, or declare \`ARG ${name}\` in ${model.file.path} where it is used`,
				},
			};
		});
}
