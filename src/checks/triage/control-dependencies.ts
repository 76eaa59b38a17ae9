import { outcome, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found, Place } from "../triage-check.ts";

export default {
	code: "TR150",
	scope: "runtime",
	looksAt: "control",
	severity: "error",
	question: "Do Temporal and the store answer the control host?",
	why: "When one of them is down, every instance looks broken: it is named first, and the network is not blamed.",
	example:
		"temporal at 127.0.0.1:7233 does not answer: its container temporal is exited, exit code 1 → docker start temporal",
	run({ dependencies }) {
		const findings = dependencies.flatMap(({ name, address, failure, container }): Found[] => {
			if (!failure) return [];
			const ended = container && container.state !== "running";
			const state = ended
				? `: its container ${container.name} is ${container.state}, exit code ${container.exitCode}`
				: "";
			const places: Place[] = container
				? [
						said("control", `${container.name} (${container.image}) is ${container.state}`, "docker"),
						...container.log.slice(-3).map((line) => said("control", line, container.name)),
					]
				: [];
			const found: Found = {
				message: `${name} at ${address} ${failure.code === "bucket_missing" ? "has no bucket" : "does not answer as it should"}${state || `: ${failure.message}`}`,
				evidence: [said("control", `${failure.code}: ${failure.message}`, name), ...places],
				fix: { say: ended ? `docker start ${container.name}` : (failure.hint ?? `start ${name} at ${address}`) },
			};
			return [found];
		});
		return outcome(dependencies.map(({ name, address }) => `${name} at ${address}`).join(", "), findings);
	},
} satisfies ControlCheck;
