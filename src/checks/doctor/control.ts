import { fail, ok, warn, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** Of the machine whose cres.yaml says what it starts: each service, and whether a restart would bring them back. */
export const controlChecks = ({
	config,
	controlService,
	controlInstall,
}: Pick<DoctorPorts, "config" | "controlService" | "controlInstall">): Check[] => {
	const services = Object.entries(config.control.services);
	const starts = services.filter(([, { external }]) => !external);
	return [
		...services.map(([name]): Check => {
			const fix = `cres control boot ${name}`;
			return {
				name: `control ${name}`,
				fix,
				run: async () => verdictOf(await controlService(name), fix),
			};
		}),
		...(starts.length > 0 ? [bootCheck(controlInstall)] : []),
	];
};

type Row = Awaited<ReturnType<DoctorPorts["controlService"]>>;

function verdictOf(row: Row, boot: string): Verdict {
	const { state, at, detail, origin, startedBy, log } = row;
	if (state === "ready") return ok(`${at} ${detail}${startedBy === "cres" ? ", started by cres" : ""}`);
	if (origin === "external") return fail(`${at}: ${detail}`, "start it where it runs: it is external in cres.yaml");
	if (state === "held") return fail(detail, `end that program, then ${boot}`);
	const read = log === null || state !== "unready" ? "" : `; its log: ${log}`;
	return fail(`${state}: ${detail}${read}`, boot);
}

const bootCheck = (controlInstall: DoctorPorts["controlInstall"]): Check => ({
	name: "control at start-up",
	fix: "cres control install",
	async run() {
		const installed = await controlInstall();
		if (!installed) return warn("nothing starts the control plane after a restart", "cres control install --dry-run");
		if (installed.problems.length === 0) return ok(`${installed.name} starts it`);
		return fail(`${installed.name}: ${installed.problems.join("; ")}`, "cres control install");
	},
});
