import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError, codeOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { writeTextAtomic } from "../system/files.ts";

const LEASE_MS = 60_000;
/** A lease is written at once; one that is unreadable for longer was cut short by a crash. */
const CUT_SHORT_MS = 5_000;

const leaseSchema = z.object({
	/** `user@host` */
	owner: z.string(),
	pid: z.int(),
	host: z.string(),
	purpose: z.string(),
	/** Milliseconds since the epoch. */
	since: z.number(),
	expires: z.number(),
	/** Grows with each holder: a late writer with a smaller one has lost the lease. */
	token: z.int(),
});
type LeaseRecord = z.infer<typeof leaseSchema>;

export interface Lease {
	token: number;
	/** Gives it back; twice is no error. */
	release(): Promise<void>;
}

const pathOf = (root: string, instance: string): string => join(root, ".cres", "leases", `${instance}.json`);

/**
 * The right to change `instance`, renewed until released. A lease whose process is gone or whose time is over is taken over.
 * @throws UserError lease_held (busy): who holds it, for what and since when
 */
export async function takeLease(root: string, instance: string, purpose: string, clock: Clock): Promise<Lease> {
	const path = pathOf(root, instance);
	await mkdir(dirname(path), { recursive: true });
	const held = await readLease(path);
	if (held && isAlive(held, clock.now())) throw heldBy(instance, held, clock.now());
	if (held) await rm(path, { force: true });
	const record: LeaseRecord = {
		owner: `${userInfo().username}@${hostname()}`,
		pid: process.pid,
		host: hostname(),
		purpose,
		since: clock.now(),
		expires: clock.now() + LEASE_MS,
		token: (held?.token ?? 0) + 1,
	};
	await createExclusively(path, record, instance, clock);
	const renewal = setInterval(() => {
		void writeTextAtomic(path, JSON.stringify({ ...record, expires: clock.now() + LEASE_MS }), 0o600).catch(() => {});
	}, LEASE_MS / 3);
	renewal.unref();
	return {
		token: record.token,
		async release() {
			clearInterval(renewal);
			if ((await readLease(path))?.token === record.token) await rm(path, { force: true });
		},
	};
}

/** Who may change the instance now, if anybody. */
export async function leaseHolder(root: string, instance: string, now: number): Promise<UserError | undefined> {
	const held = await readLease(pathOf(root, instance));
	return held && isAlive(held, now) ? heldBy(instance, held, now) : undefined;
}

async function createExclusively(path: string, record: LeaseRecord, instance: string, clock: Clock): Promise<void> {
	try {
		const file = await open(path, "wx", 0o600);
		await file.writeFile(JSON.stringify(record)).finally(() => file.close());
	} catch (error) {
		if (codeOf(error) !== "EEXIST") throw error;
		const other = await readLease(path);
		if (other || (await ageOf(path, clock)) < CUT_SHORT_MS) throw heldBy(instance, other ?? record, clock.now());
		await rm(path, { force: true });
		await createExclusively(path, record, instance, clock);
	}
}

const ageOf = async (path: string, clock: Clock): Promise<number> => clock.now() - (await stat(path)).mtimeMs;

async function readLease(path: string): Promise<LeaseRecord | undefined> {
	try {
		return leaseSchema.parse(JSON.parse(await readFile(path, "utf8")));
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined; // cut short by a crash
		throw error;
	}
}

const isAlive = (lease: LeaseRecord, now: number): boolean =>
	lease.expires > now && (lease.host !== hostname() || processRuns(lease.pid));

function processRuns(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) === "EPERM";
	}
}

const heldBy = (instance: string, lease: LeaseRecord, now: number) =>
	new UserError(
		"lease_held",
		`${lease.owner} (pid ${lease.pid}) is changing ${instance} since ${Math.round((now - lease.since) / 1000)} s: ${lease.purpose}`,
		{ hint: "wait until it has ended, then run the command again" },
	);
