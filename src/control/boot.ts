import { UserError, hasCode, isOfSystem, messageOf } from "../errors/errors.ts";
import { refusePlain } from "../perimeter/plain.ts";
import { prefixed } from "../system/progress.ts";
import { span } from "../system/text.ts";
import type { ControlPorts } from "./control-ports.ts";
import { observe, type ServiceRow } from "./observe.ts";
import { openServices, type Opened } from "./open.ts";
import { pickWithNeeds } from "./pick.ts";
import { inTurn } from "./turn.ts";

/**
 * `untouched`: it was ready already; `skipped`: what it waits for is not ready; `interrupted`: Ctrl-C came before it was
 * ready, and it was stopped again; or somebody else has taken over, and it was left to them.
 */
type BootOutcome = "untouched" | "started" | "failed" | "skipped" | "interrupted";

/** What became of one service. */
export interface BootRow extends Pick<ServiceRow, "service" | "origin" | "pid" | "at" | "detail" | "log"> {
	outcome: BootOutcome;
	/** How its process has ended, as `exit 3`, where it has and that is known. */
	exit: string | null;
	/** Milliseconds from its start to ready. */
	ms: number;
	error: { code: string; message: string; hint: string | null } | null;
}

export interface BootReport {
	services: BootRow[];
	durationMs: number;
}

/** What a boot may wait for another one, above all its own waits. */
const MARGIN_MS = 30_000;
const SECOND_LOOK_MS = 1_000;

/**
 * Starts what is not ready, each service behind those that it waits for, the others at the same time. What is ready is
 * left alone, whoever started it. A service that fails stops nothing but those that need it.
 * @throws UserError plain_connection before anything is started; lease_held (busy): somebody else boots for too long;
 * unknown_service (usage)
 */
export async function boot(ports: ControlPorts, names: readonly string[]): Promise<BootReport> {
	const started = performance.now();
	const opened = pickWithNeeds(await openServices(ports), names);
	await refusePlain(ports.config);
	const rows = await Promise.all(opened.map((one) => observe(ports, one)));
	const report = (services: BootRow[]) => ({ services, durationMs: performance.now() - started });
	if (rows.every(({ state }) => state === "ready")) return report(rows.map(untouched));
	const waitMs = opened.reduce((sum, { service }) => sum + service.waitMs, MARGIN_MS);
	return report(await inTurn(ports, "cres control boot", waitMs, (signal) => bringUp(ports, opened, signal)));
}

async function bringUp(ports: ControlPorts, opened: readonly Opened[], signal: AbortSignal): Promise<BootRow[]> {
	const done = new Map<string, Promise<BootRow>>();
	for (const one of opened) {
		const needs = one.service.after.map((name) => done.get(name)!);
		const row = Promise.all(needs).then((rows) => bringUpOne(ports, one, { needs: rows, signal }));
		done.set(one.service.name, row);
	}
	return Promise.all(done.values());
}

/** One late answer on a busy machine is no reason to replace a process of ours. */
async function lookTwice(ports: ControlPorts, opened: Opened, signal: AbortSignal): Promise<ServiceRow> {
	const seen = await observe(ports, opened);
	if (seen.state !== "unready" || seen.startedBy !== "cres" || signal.aborted) return seen;
	await ports.clock.sleep(SECOND_LOOK_MS, signal).catch(() => {});
	return observe(ports, opened);
}

interface Turn {
	needs: readonly BootRow[];
	signal: AbortSignal;
}

async function bringUpOne(ports: ControlPorts, opened: Opened, { needs, signal }: Turn): Promise<BootRow> {
	const seen = await lookTwice(ports, opened, signal);
	if (seen.state === "ready") return untouched(seen);
	const missing = needs.filter(({ outcome }) => !isUp(outcome)).map(({ service }) => service);
	if (missing.length > 0) return rowOf(seen, "skipped", { detail: `waits for ${missing.join(", ")}, not ready` });
	if (signal.aborted) return notBegun(seen);
	return startOne(ports, opened, { seen, signal });
}

async function startOne(
	ports: ControlPorts,
	opened: Opened,
	{ seen, signal }: { seen: ServiceRow; signal: AbortSignal },
): Promise<BootRow> {
	const { service, source } = opened;
	const from = ports.clock.now();
	const ms = () => ports.clock.now() - from;
	const verb = service.origin.kind === "external" ? "wait for it" : "start";
	const title = `${verb} (up to ${span(service.waitMs)})`;
	let isBegun = false;
	const begin = () => void (isBegun = true);
	try {
		await prefixed(ports.progress, service.name).step(title, (report) => source.start({ signal, begin, report }));
		await prepareOurs(ports, service).catch(() => {}); // its health says what it lacks
		const now = await observe(ports, opened);
		return rowOf(now, "started", { ms: ms() });
	} catch (error) {
		if (hasCode(signal.reason, "lease_lost")) return rowOf(seen, "interrupted", { detail: signal.reason.message });
		if (signal.aborted) return isBegun ? interrupted(opened, seen, error) : notBegun(seen);
		if (!(error instanceof UserError) && !isOfSystem(error)) throw error;
		return failedRow(ports, opened, { error, ms: ms() });
	}
}

/** A Temporal or a store that was just started may be empty: what waits for it would find no namespace, no bucket. */
async function prepareOurs(ports: ControlPorts, { origin, ready }: Opened["service"]): Promise<void> {
	if (origin.kind === "external") return;
	if (ready.kind === "store") await (await ports.store()).prepareBucket();
	if (ready.kind !== "temporal") return;
	const temporal = await ports.connectTemporal();
	await temporal.prepareNamespace().finally(() => temporal.close());
}

async function failedRow(
	ports: ControlPorts,
	opened: Opened,
	{ error, ms }: { error: unknown; ms: number },
): Promise<BootRow> {
	const now = await observe(ports, opened);
	const given = error instanceof UserError ? error : undefined;
	const what = { code: given?.code ?? "service_not_started", message: messageOf(error), hint: given?.hint ?? null };
	const detail = what.message.split("\n")[0]!.replace(/; its last lines:$/, "");
	return rowOf(now, "failed", { detail, error: what, exit: opened.source.ended?.() ?? null, ms });
}

/** Nothing is started: what ran of it before was at most asked to end. */
const notBegun = (seen: ServiceRow): BootRow =>
	rowOf(seen, "interrupted", {
		detail: seen.startedBy === "cres" ? "not begun; what ran before may still run" : "not begun",
	});

/** What this boot began and is not ready is stopped again; what cannot be stopped is named. */
async function interrupted({ source }: Opened, seen: ServiceRow, cause: unknown): Promise<BootRow> {
	try {
		const stopped = await source.stop();
		return rowOf(seen, "interrupted", {
			pid: null,
			detail: stopped === "stopped" ? "stopped again" : messageOf(cause),
		});
	} catch (error) {
		return rowOf(seen, "interrupted", { detail: messageOf(error) });
	}
}

const isUp = (outcome: BootOutcome): boolean => outcome === "untouched" || outcome === "started";

const untouched = (row: ServiceRow): BootRow => rowOf(row, "untouched");

function rowOf(row: ServiceRow, outcome: BootOutcome, more: Partial<BootRow> = {}): BootRow {
	const { service, origin, pid, at, detail, log } = row;
	return { service, origin, outcome, pid, at, detail, log, exit: null, ms: 0, error: null, ...more };
}
