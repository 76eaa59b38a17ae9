import { join, resolve } from "node:path";
import { UserError } from "../errors/errors.ts";
import { LOCK_FILE } from "./catalogue.ts";
import { readLock, writeLock, type Lock, type LockedPackage } from "./lock-file.ts";
import { openSuite, type IndexedPackage, type Suite } from "./package-index.ts";
import type { BuildPorts } from "./ports.ts";

/** The archive keeps a state of the mirror some hours after it. */
const ARCHIVED_AFTER_MS = 6 * 3_600_000;

interface LockChange {
	name: string;
	from: string;
	to: string;
}

/** What `cres build --update-lock` returns under --json. */
export interface LockUpdate {
	/** Path of the lock file. */
	file: string;
	changes: LockChange[];
	/** False when nothing changed, or with --dry-run. */
	written: boolean;
}

/**
 * Pins what the suite of the lock has now, if it goes with the runtime that base images get now.
 * @throws UserError lock_unreadable, package_gone, lock_does_not_fit, lock_incomplete, and those of openSuite
 */
export async function updateLock(
	{ config, progress, signal }: BuildPorts,
	{ dryRun }: { dryRun: boolean },
): Promise<LockUpdate> {
	const file = join(resolve(config.root, config.image.context), LOCK_FILE);
	const lock = await readLock(file);
	const next = await progress.step(`read the packages of ${lock.mirror}`, () => newest(lock, signal));
	const changes = [...changesOf([lock.runtime], [next.runtime]), ...changesOf(lock.packages, next.packages)];
	const written = changes.length > 0 && !dryRun;
	if (written) await writeLock(file, next);
	return { file, changes, written };
}

async function newest(lock: Lock, signal: AbortSignal): Promise<Lock> {
	const [suite, runtimeSuite] = await Promise.all([
		openSuite(lock.mirror, lock.suite, signal),
		openSuite(lock.mirror, lock.runtime.suite, signal),
	]);
	const runtime = await required(runtimeSuite, lock.runtime.suite, lock.runtime);
	const found = await Promise.all(lock.packages.map((one) => required(suite, lock.suite, one)));
	const locked = lock.packages.map(({ name, component }, index): LockedPackage => {
		const { version, path, size, sha256 } = found[index]!;
		return { name, component, version, path, size, sha256 };
	});
	for (const [index, { name }] of locked.entries()) {
		assertFit(lock, name, found[index]!, runtime);
		await assertComplete(lock, name, found[index]!, suite);
	}
	const archive = lock.archive.replace(/[^/]+$/, timeStamp(suite.date.getTime() + ARCHIVED_AFTER_MS));
	return { ...lock, archive, runtime: { ...lock.runtime, version: runtime.version }, packages: locked };
}

async function required(
	suite: Suite,
	suiteName: string,
	{ component, name }: { component: string; name: string },
): Promise<IndexedPackage> {
	const found = await suite.find(component, name);
	if (found) return found;
	throw new UserError("package_gone", `${suiteName} ${component} has no ${name}; the lock was not changed`, {
		hint: `look where it has gone (https://tracker.debian.org), then correct ${LOCK_FILE} by hand`,
	});
}

/** A backend is built for one upstream version of the runtime that it depends on. */
function assertFit(lock: Lock, name: string, found: IndexedPackage, runtime: IndexedPackage): void {
	const { runtime: wanted, suite } = lock;
	const dependsOnIt = found.depends.some((names) => names.includes(wanted.name));
	if (!dependsOnIt || upstream(found.version) === upstream(runtime.version)) return;
	throw new UserError(
		"lock_does_not_fit",
		`${name} ${found.version} of ${suite} does not go with ${wanted.name} ${runtime.version} of ${wanted.suite}; the lock was not changed`,
		{ hint: `wait until ${wanted.suite} has ${upstream(found.version)}, then cres build --update-lock` },
	);
}

/** What a package needs of the same components has to be locked too; the driver comes from the host. */
async function assertComplete(lock: Lock, name: string, found: IndexedPackage, suite: Suite): Promise<void> {
	const locked = new Set(lock.packages.map((one) => one.name));
	const components = new Set(lock.packages.map((one) => one.component));
	const open = found.depends.filter(
		(names) => !names.includes("libcuda.so.1") && !names.some((one) => locked.has(one)),
	);
	for (const [first] of open)
		for (const component of components)
			if (await suite.find(component, first!))
				throw new UserError("lock_incomplete", `${name} ${found.version} needs ${first}, which is not locked`, {
					hint: `add ${first} (component ${component}) to ${LOCK_FILE}, then cres build --update-lock`,
				});
}

const upstream = (version: string): string => version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");

const timeStamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "");

type Pinned = Pick<LockedPackage, "name" | "version"> & Partial<LockedPackage>;

const changesOf = (before: readonly Pinned[], after: readonly Pinned[]): LockChange[] =>
	after.flatMap((now, index) => {
		const then = before[index]!;
		if (then.version === now.version && then.sha256 === now.sha256) return [];
		const sameVersion = then.version === now.version;
		const shown = ({ version, sha256 }: Pinned) => (sameVersion ? `${version} (${sha256!.slice(0, 12)})` : version);
		return [{ name: now.name, from: shown(then), to: shown(now) }];
	});

/** One line for each change, and what to type next. */
export function renderLockUpdate({ file, changes, written }: LockUpdate): string {
	if (changes.length === 0) return `${file} is up to date`;
	return [
		...changes.map(({ name, from, to }) => `${name}  ${from} → ${to}`),
		written ? `wrote ${file}; next: cres build --flavour cuda --push` : `${file} was not changed`,
	].join("\n");
}
