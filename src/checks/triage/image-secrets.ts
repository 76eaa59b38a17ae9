import { contextsOf } from "../dockerfile/contexts.ts";
import { ignoreFileOf, ignoredBy } from "../dockerfile/ignore-file.ts";
import { copyWords } from "../dockerfile/image-files.ts";
import { assignments, dockerfilesOf, masked, type DockerModel } from "../dockerfile/model.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const NAME =
	/(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH)(?:_?(?:ID|KEY))?$/i;
/** Names that only look like it, and settings about secrets. */
const NO_SECRET =
	/(?:FILE|PATH|URL|NAME|EXPIRY|TTL|LENGTH|HEADER|TYPE|ENABLED|MODE|LIMIT|BUDGET|TOKENS)$|^(?:MAX|NUM|TOKENIZER)/i;
const PLACEHOLDER =
	/^$|^\$|^<.*>$|^(?:x+|change-?me|placeholder|none|null|false|true|0|unset|dummy|example|your[-_].*|todo|build|test|empty)$|^\*+$/i;
const FILES =
	/(?:^|\/)(?:\.env(?:\.(?!example|sample|template|dist|defaults?)[\w-]+)?|id_(?:rsa|ed25519|ecdsa|dsa)|\.netrc|\.npmrc|\.pypirc|\.git-credentials|credentials\.json|service[-_]account[^/]*\.json|[^/]+\.(?:pem|key|p12|pfx))$/;

export default {
	code: "TS309",
	scope: "static",
	severity: "error",
	question: "Are images built without secrets in their layers?",
	why: "ENV, ARG and copied files stay in the image's history: whoever can pull the image can read them, also after a later layer deletes them.",
	example: "`ENV API_TOKEN=…` → give it at run time; at build time `RUN --mount=type=secret,id=token`.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path) && !isTest(file.path));
		return {
			looked: `${models.length} Dockerfiles`,
			findings: models.flatMap((model) => [...inVariables(model), ...inCopies(tree, model)]),
		};
	},
} satisfies StaticCheck;

function inVariables({ file, steps }: DockerModel): Found[] {
	const found = new Map<string, Found>();
	const declared = new Set<string>();
	for (const step of steps) {
		if (step.keyword === "ARG" || step.keyword === "ENV")
			for (const [name, value, at] of assignments(step)) {
				if (!NAME.test(name) || NO_SECRET.test(name)) continue;
				declared.add(name);
				const passed = step.keyword === "ENV" && value !== undefined && declaredArg(value, declared);
				if (!passed && (value === undefined || PLACEHOLDER.test(value))) continue;
				const message = passed
					? `${file.path} keeps the build argument ${/\w+/.exec(value)![0]} in the image as ENV ${name}`
					: `${file.path} has a value for ${name} in ${step.keyword}, which stays in the image's history`;
				found.set(name, {
					message,
					evidence: [file.placeAt(at)],
					fix: {
						say: `take the value out and change it where it is valid; give ${name} to the container when it starts, or to one RUN with --mount=type=secret`,
					},
				});
			}
		if (step.keyword !== "RUN") continue;
		const used = [...declared].find(
			(name) =>
				new RegExp(`\\$\\{?${name}\\b`).test(masked(step)) &&
				steps.some((one) => one.keyword === "ARG" && assignments(one).some(([own]) => own === name)),
		);
		if (used !== undefined && !found.has(used))
			found.set(used, {
				message: `${file.path} uses the secret ${used} as a build argument: its value stays in the image's history`,
				severity: "warning",
				evidence: [
					file.placeAt(
						steps.find((one) => one.keyword === "ARG" && assignments(one).some(([own]) => own === used))!.start,
					),
					file.placeAt(step.start),
				],
				fix: {
					say: `RUN --mount=type=secret,id=${used.toLowerCase()} and docker build --secret id=${used.toLowerCase()},env=${used}`,
				},
			});
	}
	return [...found.values()];
}

const declaredArg = (value: string, declared: ReadonlySet<string>): boolean => {
	const name = /^\$\{?(\w+)\}?$/.exec(value)?.[1];
	return name !== undefined && declared.has(name);
};

function inCopies(tree: Tree, { file, steps }: DockerModel): Found[] {
	const contexts = contextsOf(tree, file.path) ?? [""];
	return steps
		.filter(({ keyword, flags }) => (keyword === "COPY" || keyword === "ADD") && !flags.has("from"))
		.flatMap((step) =>
			(copyWords(step)?.sources ?? []).flatMap((source): Found[] => {
				const bare = source.replace(/^(?:\.?\/)+/, "");
				if (!FILES.test(bare))
					return sentAlong(tree, contexts, file.path, bare).map((path) =>
						found(file.path, path, file.placeAt(step.start)),
					);
				return [found(file.path, bare, file.placeAt(step.start))];
			}),
		);
}

/** Secret files that git tracks below a folder that is copied as a whole. */
function sentAlong(tree: Tree, contexts: readonly string[], dockerfile: string, source: string): string[] {
	if (source !== "." && source !== "") return [];
	return contexts.slice(0, 1).flatMap((context) => {
		const ignore = ignoreFileOf(tree, dockerfile, context);
		const start = context === "" ? 0 : context.length + 1;
		return tree.paths.filter(
			(path) =>
				path.startsWith(context) &&
				/(?:^|\/)(?:\.env|id_(?:rsa|ed25519))$/.test(path) &&
				(ignore === undefined || ignoredBy(ignore, path.slice(start)) === undefined),
		);
	});
}

const found = (dockerfile: string, path: string, place: Found["evidence"][0]): Found => ({
	message: `${dockerfile} copies ${path} into the image`,
	evidence: [place],
	fix: {
		say: `take it out of the COPY, add ${path} to .dockerignore, and give its values to the container when it starts`,
	},
});
