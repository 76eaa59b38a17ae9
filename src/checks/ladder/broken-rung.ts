import type { DependencyFacts, InsideFacts } from "../runtime/facts.ts";
import { inSection, outcome, said } from "../runtime/outcomes.ts";
import type { Found, Outcome, Place, Seen } from "../triage-check.ts";

type Dependency = DependencyFacts["name"];
type Ladder = NonNullable<InsideFacts["ladders"]>[number];

/** What to do where a rung is broken although the server answers the control side. */
const FIX: Readonly<Record<Dependency, Readonly<Record<string, string>>>> = {
	temporal: {
		resolver: "correct temporal.instance_address in cres.yaml, then cres deploy",
		tcp: "open that port to the instance (docs/Perimeter.md), or correct temporal.instance_address in cres.yaml",
		tls: "compare temporal.tls in cres.yaml with the server's certificate, then cres deploy",
		answer: "temporal.instance_address is not Temporal's gRPC port, or TLS is on at one side only",
		credential: "put today's TEMPORAL_API_KEY into .env, then cres deploy",
		namespace: "cres control prepare makes the namespace; or correct temporal.namespace in cres.yaml",
	},
	store: {
		resolver: "correct store.instance_endpoint in cres.yaml, then cres deploy",
		tcp: "open that port to the instance (docs/Perimeter.md), or correct store.instance_endpoint in cres.yaml",
		tls: "compare store.ca and store.secure in cres.yaml with the server's certificate, then cres deploy",
		answer: "store.instance_endpoint is no S3 server, or store.secure is wrong",
		credential: "put today's MINIO_ACCESS_KEY and MINIO_SECRET_KEY into .env, then cres deploy",
		bucket: "cres control prepare makes the bucket; or correct store.bucket in cres.yaml",
	},
};

/** The first broken rung, as the container climbs; a dependency that is down itself is named before the network is. */
export const brokenRung = (name: Dependency, { instance, control, inside }: Seen & { inside: InsideFacts }): Outcome =>
	inSection(inside, "ladders", (ladders) => {
		const ladder = ladders.find((one) => one.dependency === name);
		if (!ladder)
			return outcome("", [], [{ what: `${name}: it was not climbed to`, how: `cres exec ${instance.name}` }]);
		const looked = `${ladder.rungs.map(({ rung }) => rung).join(" → ")} of ${name} at ${ladder.address}`;
		const broken = ladder.rungs.find(({ ok }) => !ok);
		if (!broken) return outcome(looked, []);
		const server = control.dependencies.find((one) => one.name === name);
		return outcome(looked, [
			server?.failure ? down(instance.name, ladder, server) : inBetween(instance.name, ladder, server),
		]);
	});

/** It does not answer the control side either: the server, not the way to it. */
function down(host: string, ladder: Ladder, { name, address, failure, container }: DependencyFacts): Found {
	const state = container && ` (container ${container.name} is ${container.state}, exit code ${container.exitCode})`;
	return {
		message: `${name} is down for ${host} and for the control host alike${state ?? ""}: ${failure!.message}`,
		evidence: [
			...containerPlaces(container),
			said("control", `${address}: ${failure!.message}`, name),
			rungPlace(host, ladder),
		] as unknown as Found["evidence"],
		fix: {
			say:
				container && container.state !== "running"
					? `docker start ${container.name}`
					: (failure!.hint ?? `start ${name}`),
		},
	};
}

function inBetween(host: string, ladder: Ladder, server: DependencyFacts | undefined): Found {
	const broken = ladder.rungs.find(({ ok }) => !ok)!;
	const passed = ladder.rungs.filter(({ ok }) => ok).map(({ rung }) => rung);
	const upTo = passed.length > 0 ? `; ${passed.join(", ")} ok` : "";
	const here: Place[] = server ? [said("control", `${server.address} answers the control host`, server.name)] : [];
	return {
		message: `${ladder.dependency} at ${ladder.address || "no address"} as ${host} sees it fails at the rung ${broken.rung}: ${broken.detail}${upTo}`,
		evidence: [rungPlace(host, ladder), ...here],
		fix: { say: FIX[ladder.dependency][broken.rung] ?? `cres triage ${host}` },
	};
}

const containerPlaces = (container: DependencyFacts["container"]): Place[] =>
	container === null
		? []
		: [
				said(
					"control",
					`${container.name} (${container.image}) is ${container.state}, exit code ${container.exitCode}`,
					"docker",
				),
				...container.log.slice(-3).map((line) => said("control", line, container.name)),
			];

const rungPlace = (host: string, { dependency, rungs }: Ladder) =>
	said(
		host,
		rungs.map(({ rung, ok, detail }) => `${rung} ${ok ? "ok" : "failed"}: ${detail}`).join("; "),
		`ladder to ${dependency}`,
	);
