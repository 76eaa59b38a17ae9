import { dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { ownBaseOf } from "../dockerfile/own-base.ts";
import { pipInstalls, stagesIn, type PipInstall } from "../dockerfile/pip-installs.ts";
import { familyOf } from "../dockerfile/provides.ts";
import { distributionsOf, isBrought, normal } from "../python/distributions.ts";
import { copiedCode, loadingAny, requirementsWith } from "../python/image-roles.ts";
import { importsOf, standingOf } from "../python/imports.ts";
import { loadedIn } from "../python/loaded-in-image.ts";
import { endsSomewhere, isLocal } from "../python/modules.ts";
import { requirementFilesOf, type Requirements } from "../python/requirements.ts";
import { isStandard } from "../python/standard-library.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS394",
	scope: "static",
	severity: "error",
	question: "Do the requirements that an image installs have what the Python code in it imports?",
	why: "The package stands in the requirements for development, so that tests pass; the program of the image ends at the import.",
	example:
		"`import httpx` in app/client.py, httpx in requirements-dev.txt, and `pip install -r requirements.txt`: move it.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return { looked: `${models.length} Dockerfiles`, findings: models.flatMap((model) => inImage(tree, model)) };
	},
} satisfies StaticCheck;

function inImage(tree: Tree, model: DockerModel): Found[] {
	const last = model.stages.at(-1);
	if (last === undefined || isInstalledOtherwise(model, last)) return [];
	const below = familyOf(model, last) === undefined ? baseOf(tree, model, last) : [];
	if (below === undefined) return [];
	const installs = [...pipInstalls(tree, model, last), ...below];
	const read = installs.flatMap(({ files }) => files);
	if (read.length === 0 || installs.some(isUnknown)) return [];
	const names = new Set([
		...read.flatMap(({ all }) => all.map(({ key }) => key)),
		...installs.flatMap(({ rest }) => rest.map((word) => normal(word.replace(/[[=<>~!;@ ].*$/, "")))),
	]);
	const others = requirementFilesOf(tree).filter((one) => !read.includes(one) && !isAside(one.file.path));
	const missing: Missing[] = [];
	const loaded = loadedIn(tree, model, last);
	const code = copiedCode(tree, model, last).filter((one) => loaded?.has(one) ?? true);
	let first: ReadonlySet<SourceFile> | undefined;
	const atStart = (): ReadonlySet<SourceFile> => (first ??= loadedIn(tree, model, last, true) ?? new Set(code));
	for (const file of code)
		for (const one of importsOf(file)) {
			const top = one.module.split(".")[0]!;
			if (
				top === "" ||
				isStandard(top) ||
				isBrought(top, names) ||
				isLocal(tree, top, file.path) ||
				endsSomewhere(tree, top)
			)
				continue;
			const other = others.flatMap(({ file: by, all }) =>
				all.filter(({ key }) => distributionsOf(top).includes(key)).map(({ line }) => by.place(line)),
			)[0];
			if (other === undefined || isExtra(tree, top)) continue;
			// A role that runs elsewhere may have requirements of its own.
			if (loaded === undefined && below.length > 0 && !/(?:^|[-_./])(?:dev\w*|tests?)(?=[-_./])/.test(other.path))
				continue;
			const { real, guarded, inFunction } = standingOf(file, one);
			if (!real || guarded) continue;
			const has = ({ all }: Requirements): boolean => all.some(({ key }) => distributionsOf(top).includes(key));
			const isLate = inFunction || !atStart().has(file);
			const ofOther = (loaded === undefined || isLate) && requirementsWith(tree, file, model).some(has);
			missing.push({ top, file, use: file.placeAt(one.at), other, ofOther, inFunction });
		}
	// What the image of another role has is loaded there, with all that loads it.
	const roles = loadingAny(
		tree,
		loaded === undefined ? code : [],
		missing.flatMap(({ file, ofOther, inFunction }) => (ofOther && !inFunction ? [file] : [])),
	);
	const told = missing.filter(({ file, ofOther }) => !ofOther && !roles.has(file));
	return [...Map.groupBy(told, ({ top }) => top)].map(([top, all]): Found => {
		const [{ use, other }] = all as [Missing];
		return {
			message: `${use.path} imports ${top}, and ${model.file.path} installs ${read[0]!.file.path}, which does not have it; ${other.path} has`,
			evidence: [
				use,
				other,
				installs.find(({ files }) => files.length > 0)!.place,
				...all.slice(1, 3).map((one) => one.use),
			],
			fix: { say: `move ${distributionsOf(top)[0]!} from ${other.path} to ${read[0]!.file.path}` },
		};
	});
}

interface Missing {
	top: string;
	file: SourceFile;
	use: FilePlace;
	other: FilePlace;
	/** Another image holds the file, and installs it. */
	ofOther: boolean;
	inFunction: boolean;
}

/** The tree's own package has it as an extra, not for its developers: it does without. */
const isExtra = (tree: Tree, top: string): boolean =>
	tree.files.some(({ path, text }) => {
		if (!/(?:^|\/)(?:pyproject\.toml|setup\.py)$/.test(path)) return false;
		const extras = text.slice(text.search(/optional-dependencies|extras_require|$/));
		return [...extras.matchAll(EXTRA)].some(
			([, name, list]) =>
				!/^(?:dev\w*|tests?|testing|lint|docs?|ci|all)$/.test(name!) &&
				distributionsOf(top).some((one) => new RegExp(`["']${RegExp.escape(one)}(?![\\w-])`, "i").test(list!)),
		);
	});

/** `gevent = ["gevent>=24"]`, `"gevent": ["gevent>=24"]` */
const EXTRA = /["']?(\w[\w-]*)["']?\s*[=:]\s*\[([^\]]*)\]/g;

/** What the image below installs, where the tree has one Dockerfile of a base and the image stands on what is called so. */
function baseOf(tree: Tree, model: DockerModel, stage: Stage): PipInstall[] | undefined {
	const base = ownBaseOf(tree, model, stage);
	return base !== undefined && !isInstalledOtherwise(base.model, base.stage)
		? pipInstalls(tree, base.model, base.stage)
		: undefined;
}

/** By another tool, or with a package of the tree: then more is there than the requirement files say. */
const isInstalledOtherwise = (model: DockerModel, stage: Stage): boolean =>
	stagesIn(model, stage).some(
		({ steps, base }) =>
			/pytorch|conda|jupyter|tensorflow|vllm/.test(base) ||
			steps.some(
				({ keyword, rest }) =>
					keyword === "RUN" &&
					/\b(?:conda|mamba|poetry|pdm|pipenv|hatch|rye)\b|\buv\s+(?:sync|add|run)\b|\bpython3?-(?!pip|venv|dev|full|minimal|setuptools|wheel|distutils)[a-z]/.test(
						rest,
					),
			),
	);

/** A file that is not in the tree, a path, a variable. */
const isUnknown = ({ rest, files }: PipInstall): boolean =>
	rest.some((word) => /^(?:-e|--editable|\.{1,2}\/?.*|\/.*\.whl|.*\.whl|git\+.*)$/.test(word) || /[$*]/.test(word)) ||
	(rest.some((word) => /^(?:-r|--requirement)/.test(word)) && files.length === 0);
