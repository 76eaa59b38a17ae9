import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readBundle, readBundleFile, type Bundled } from "../checks/bundle.ts";
import { checkCalled, type Told } from "../checks/explain.ts";
import { applyFixes, type FixReport } from "../checks/fix/apply.ts";
import { loadChecks, loadRuntimeChecks } from "../checks/registry.ts";
import { runStatic } from "../checks/run-static.ts";
import { sinceRevision } from "../checks/since.ts";
import type { Named, RuntimeCheck, StaticCheck } from "../checks/triage-check.ts";
import { findingsOf, type TriageReport } from "../checks/triage-report.ts";
import { triage, type RunRuntime, type Triaged, type TriageRequest } from "../checks/triage.ts";
import { readRevision } from "../checks/tree/read-revision.ts";
import { readTree, sourceOf } from "../checks/tree/read-tree.ts";
import type { Tree } from "../checks/tree/tree.ts";
import { readTriageSection, triageSectionOf } from "../config/triage-section.ts";
import { UserError, hasCode } from "../errors/errors.ts";
import type { Context } from "./context.ts";
import { milliseconds, pickInstances } from "./flags.ts";
import type { MachinePorts } from "./machine.ts";
import { askInstances, lookAgain } from "./triage-runtime.ts";

/** The flags of `cres triage` that say what is looked at. */
export interface TriageFlags {
	static: boolean;
	runtime: boolean;
	all: boolean;
	only?: string | undefined;
	since?: string | undefined;
	budget?: string | undefined;
	from?: string | undefined;
	fix: boolean;
	"dry-run": boolean;
}

/** What the command hands in. */
export interface TriageHost {
	machine: MachinePorts;
	context(): Promise<Context>;
	/** Says on stdout, unless JSON goes there. */
	show: (text: string) => void;
}

/** What was looked at, and what came of it. */
export interface TriageRun extends Triaged {
	/** Milliseconds since the epoch. */
	lookedAt: number;
	checks: readonly Told[];
	tree: Tree | undefined;
	fixes: FixReport[] | undefined;
}

/** Everything that `cres triage` does before it prints. @throws UserError usage, triage_revision, triage_bundle_invalid, … */
export async function runTriage(names: readonly string[], flags: TriageFlags, host: TriageHost): Promise<TriageRun> {
	const all = await checksOf(flags.only);
	const scene = await sceneOf(names, flags, host, all.runtime);
	assertLooks(scene, all, flags);
	const request = requestOf(scene, all.files, flags, host);
	const checks = [...all.files, ...all.runtime];
	const first = await triage(request);
	const compared = await comparedWith(flags.since, first, request);
	const run = {
		...{ ...compared, checks, tree: scene.tree, fixes: undefined, lookedAt: request.now },
		report: { ...compared.report, couldNotLook: [...scene.faults, ...compared.report.couldNotLook] },
	};
	if (!flags.fix) return run;
	const fixes = await fixed(compared.report, request, flags, host);
	if (!fixes.some(({ outcome }) => outcome === "fixed")) return { ...run, fixes };
	const again = await runTriage(names, { ...flags, fix: false }, host);
	return { ...again, fixes };
}

interface Scene {
	tree: Tree | undefined;
	runtime: RunRuntime | undefined;
	silences: TriageRequest["silences"];
	/** What of the question itself could not be read. */
	faults: TriageReport["couldNotLook"];
}

async function sceneOf(
	names: readonly string[],
	flags: TriageFlags,
	host: TriageHost,
	checks: readonly Named<RuntimeCheck>[],
): Promise<Scene> {
	if (flags.from !== undefined) return sceneOfBundle(await bundleAt(names, flags.from), checks);
	if (flags.static) return sceneOfFolder(folderOf(names), host.machine);
	const context = await host.context().catch((error: unknown) => {
		if (!hasCode(error, "config_missing")) throw error;
		const hint = "cres triage --static . looks at any folder; for instances, cres init writes a commented cres.yaml";
		throw new UserError("config_missing", error.message, { hint, cause: error });
	});
	const wanted = names.length > 0 || flags.all || flags.runtime ? pickInstances(context.config, names, flags) : [];
	const scene = await sceneOfFolder(context.config.root, host.machine, flags.runtime);
	return { ...scene, runtime: wanted.length > 0 ? askInstances(context, wanted, checks, budgetOf(flags)) : undefined };
}

/** One check that has nothing to look at would be a pass of nothing. */
function assertLooks({ tree, runtime }: Scene, all: Awaited<ReturnType<typeof checksOf>>, { only }: TriageFlags): void {
	if (only === undefined) return;
	if (all.files.length > 0 && tree === undefined)
		throw new UserError("usage", `${only} looks at files, and none are looked at`, {
			hint: `cres triage --static . --only ${only}`,
		});
	if (all.runtime.length > 0 && runtime === undefined)
		throw new UserError("usage", `${only} looks at instances, and none is looked at`, {
			hint: `cres triage --runtime --all --only ${only}`,
		});
}

function folderOf([folder = ".", ...others]: readonly string[]): string {
	if (others.length === 0) return folder;
	throw new UserError("usage", "--static takes one folder", { hint: `cres triage --static ${folder}` });
}

async function sceneOfFolder(folder: string, { shell, signal }: MachinePorts, isRuntime = false): Promise<Scene> {
	const whole = resolve(folder);
	const [tree, section] = await Promise.all([
		isRuntime ? undefined : readTree(folder, shell, signal),
		readTriageSection(whole),
	]);
	return { tree, runtime: undefined, ...silencesOf(section) };
}

async function sceneOfBundle(
	{ tree, runtime: facts }: Bundled,
	checks: readonly Named<RuntimeCheck>[],
): Promise<Scene> {
	const { silences, faults } = silencesOf(triageSectionOf(tree.file("cres.yaml")?.text ?? ""));
	const again = await lookAgain(facts, checks);
	return { tree, runtime: again.runtime, silences, faults: [...faults, ...again.faults] };
}

const silencesOf = ({ silences, fault }: ReturnType<typeof triageSectionOf>): Pick<Scene, "silences" | "faults"> => ({
	silences,
	faults: fault === undefined ? [] : [{ check: "silences", what: fault, how: "correct triage.silence in cres.yaml" }],
});

async function bundleAt(names: readonly string[], path: string): Promise<Bundled> {
	if (names.length > 0) throw new UserError("usage", "--from takes everything from the bundle: name nothing else");
	return readBundle(await readBundleFile(path));
}

/** All of both kinds, or one. */
async function checksOf(
	only: string | undefined,
): Promise<{ files: Named<StaticCheck>[]; runtime: Named<RuntimeCheck>[] }> {
	const [files, runtime] = await Promise.all([loadChecks(), loadRuntimeChecks()]);
	if (only === undefined) return { files, runtime };
	const { id: wanted } = checkCalled([...files, ...runtime], only);
	return { files: files.filter(({ id }) => id === wanted), runtime: runtime.filter(({ id }) => id === wanted) };
}

const budgetOf = ({ budget }: TriageFlags): number | undefined =>
	budget === undefined ? undefined : milliseconds(budget, "--budget");

const requestOf = (
	{ tree, runtime, silences }: Scene,
	checks: readonly Named<StaticCheck>[],
	flags: TriageFlags,
	{ machine: { clock, signal, world } }: TriageHost,
): TriageRequest => ({
	...{ tree, runtime, silences, checks, signal, now: clock.now() },
	world: { ...world, thorough: flags.only !== undefined },
	budgetMs: budgetOf(flags),
});

/** Only checks that found something can have found something new. */
async function comparedWith(revision: string | undefined, now: Triaged, request: TriageRequest): Promise<Triaged> {
	const { tree, checks, signal, world } = request;
	if (revision === undefined || tree === undefined) return now;
	const before = await readRevision(tree.root, revision, world.shell, signal);
	const found = new Set(now.report.findings.map(({ check }) => check));
	const asked = checks.filter(({ id }) => found.has(id));
	const results = await runStatic(asked, before, { signal, world });
	return { ...now, report: sinceRevision(now.report, findingsOf(results), revision) };
}

function fixed(
	{ findings }: TriageReport,
	{ tree, checks, signal, world }: TriageRequest,
	flags: TriageFlags,
	{ show }: TriageHost,
): Promise<FixReport[]> {
	let now = tree!;
	const look = async (id: string, path: string) => {
		now = await reread(now, path);
		return findingsOf(await runStatic([checkCalled(checks, id)], now, { signal, world }));
	};
	return applyFixes(findings, { root: now.root, dryRun: flags["dry-run"], look, show, signal });
}

/** The tree with one file as it is on disk now. */
async function reread(tree: Tree, path: string): Promise<Tree> {
	const file = sourceOf(path, await readFile(join(tree.root, path)), tree.file(path)?.executable);
	return tree.with(file!);
}
