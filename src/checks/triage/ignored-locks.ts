import { posix } from "node:path";
import { copiesOf, workdirAt } from "../dockerfile/image-files.ts";
import { installOf } from "../dockerfile/install.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { dockerfilesOf, scriptOf, type DockerModel } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const LOCKS: Readonly<Record<string, { lock: RegExp; instead: string; kept: RegExp }>> = {
	npm: { lock: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, instead: "npm ci", kept: /(?:)(?!)/ },
	yarn: {
		lock: /(?:^|\/)yarn\.lock$/,
		instead: "yarn install --frozen-lockfile (--immutable from version 2 on)",
		kept: /--frozen-lockfile|--immutable|--pure-lockfile/,
	},
	pnpm: {
		lock: /(?:^|\/)pnpm-lock\.yaml$/,
		instead: "pnpm install --frozen-lockfile",
		kept: /--frozen-lockfile|--offline/,
	},
	bun: {
		lock: /(?:^|\/)bun\.lockb?$/,
		instead: "bun install --frozen-lockfile",
		kept: /--frozen-lockfile|--production/,
	},
};

export default {
	code: "TS315",
	scope: "static",
	severity: "warning",
	question: "Does every install of node modules in a build obey the lock file?",
	why: "`npm install` may take newer versions than the lock file says: the same commit, different modules.",
	example: "`COPY package*.json ./` and `RUN npm install` → `RUN npm ci`.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const workflows = tree.files.filter(({ path }) =>
			/^\.github\/workflows\/[^/]+\.ya?ml$|(?:^|\/)\.gitlab-ci\.yml$/.test(path),
		);
		const findings = [
			...models.flatMap((model) => inDockerfile(tree, model)),
			...workflows.flatMap((file) => inWorkflow(tree, file)),
		];
		return { looked: `${models.length} Dockerfiles and ${workflows.length} workflows`, findings };
	},
} satisfies StaticCheck;

function inDockerfile(tree: Tree, { file, stages }: DockerModel): Found[] {
	const contexts = contextsOf(tree, file.path) ?? [""];
	return stages.flatMap((stage) =>
		stage.steps
			.filter(({ keyword }) => keyword === "RUN")
			.flatMap((step) =>
				scriptOf(step).commands.flatMap((command): Found[] => {
					const used = plainInstall(command.words.map(({ text }) => text));
					if (used === undefined || installOf(command) === undefined) return [];
					// The lock of the folder whose package.json was copied.
					const workdir = workdirAt(stage, step);
					const folders = copiesOf(stage)
						.filter(({ from, step: copy, to }) => from === undefined && copy.start < step.start && landsIn(to, workdir))
						.flatMap(({ sources }) => sources.filter((source) => source === "." || /package(?:\*|\.json)/.test(source)))
						.flatMap((source) =>
							contexts.map((context) => posix.join(context, source === "." ? "" : posix.dirname(source))),
						);
					const lock = folders.map((folder) => lockIn(tree, folder, used.lock)).find((one) => one !== undefined);
					return lock === undefined
						? []
						: [found(file, file.placeAt(step.restAt + command.words[0]!.start), used, lock)];
				}),
			),
	);
}

const landsIn = (to: string | undefined, folder: string | undefined): boolean =>
	to === undefined || folder === undefined || to.replace(/\/$/, "") === folder || posix.dirname(to) === folder;

function plainInstall(texts: readonly string[]): ((typeof LOCKS)[string] & { typed: string }) | undefined {
	const at = texts.findIndex((text) => Object.hasOwn(LOCKS, text));
	if (at === -1) return undefined;
	const [tool, verb, ...rest] = texts.slice(at);
	const of = LOCKS[tool!]!;
	const plain = /^(?:install|i)$/.test(verb ?? "") || (tool === "yarn" && verb === undefined);
	const bare = rest.every((word) => word.startsWith("-"));
	if (
		!plain ||
		!bare ||
		rest.some((word) => /^(?:-g|--global|--package-lock-only)$/.test(word)) ||
		of.kept.test(rest.join(" "))
	)
		return undefined;
	return { ...of, typed: [tool, verb].filter(Boolean).join(" ") };
}

const lockIn = (tree: Tree, folder: string, lock: RegExp): string | undefined => {
	const start = folder === "" || folder === "." ? "" : `${folder}/`;
	return tree.paths.find(
		(path) => path.startsWith(start) && !path.slice(start.length).includes("/") && lock.test(path),
	);
};

function inWorkflow(tree: Tree, file: SourceFile): Found[] {
	return file.lines.flatMap((line, index): Found[] => {
		const command = /^\s*(?:-\s+)?(?:run:\s*)?((?:npm|yarn|pnpm|bun)(?:\s+(?:install|i))?(?:\s+-\S+)*)\s*$/.exec(
			line,
		)?.[1];
		// pnpm and yarn 2 obey their lock where CI is set.
		const used = command === undefined || !command.startsWith("npm") ? undefined : plainInstall(command.split(/\s+/));
		const lock = used === undefined ? undefined : lockIn(tree, "", used.lock);
		return used === undefined || lock === undefined ? [] : [found(file, file.place(index + 1), used, lock)];
	});
}

const found = (
	file: SourceFile,
	place: Found["evidence"][0],
	{ typed, instead }: { typed: string; instead: string },
	lock: string,
): Found => ({
	message: `${file.path} runs \`${typed}\`, which need not obey ${lock}`,
	evidence: [place],
	fix: { say: `run ${instead}, with the lock file copied beside package.json` },
});
