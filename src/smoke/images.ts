import { randomBytes } from "node:crypto";
import type { Config } from "../config/config.ts";
import { base64 } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import { hostAndPort } from "../system/hosts.ts";
import { makeCertificates, type Certificates } from "./certificates.ts";
import { assertNamespace, faultsOf, READY_SHARE, untilReady, type Dependencies } from "./dependencies.ts";
import type { ContainerOrder, SeenContainer } from "./engine.ts";
import { FRONT_ARGUMENTS, FRONT_PORT } from "./front.ts";
import { endedParts, wordsOf } from "./parts.ts";
import type { RungCall } from "./rung.ts";
import { confined, nameOf, type World } from "./world.ts";

/** Of Temporal's images. */
const TEMPORAL_PORT = 7233;
const NAMESPACE = "default";
const BUCKET = "smoke";
const LOOK_EVERY_MS = 100;
/** A daemon that gives addresses gives them at once. */
const ADDRESS_SHARE = 8;

interface Keys {
	access: Secret;
	secret: Secret;
}

/**
 * Starts Temporal and a store from the images of cres.yaml on the smoke test's own network, with random keys, and mutual
 * TLS before Temporal.
 * @throws UserError smoke_dependency with its state and its last words
 */
export async function startImages(world: World, call: RungCall): Promise<Dependencies> {
	const { config, clock } = world.ports;
	const started = clock.now();
	const { temporal, store } = config.smoke.dependencies!;
	const access = { keys: { access: random(), secret: random() }, certificates: makeCertificates(clock.now()) };
	const parts = await startParts(world, access, call);
	const clients = await connect(world, parts, access);
	const { signal } = call;
	const questions = {
		temporal: () => assertNamespace(clients.temporal),
		store: () => clients.s3.call({ method: "PUT", key: "", signal, ok: [409] }),
	};
	const assertAlive = () => assertRun(world);
	const limitMs = Math.max(0, call.limitMs * READY_SHARE - (clock.now() - started));
	await untilReady(questions, { ...call, clock, limitMs, assertAlive });
	const looks = { ...questions, store: () => clients.s3.call({ method: "HEAD", key: "", signal }) };
	return {
		...settingsFor(world, parts, access),
		...{ ...clients, shared: false, about: { temporal, store } },
		async faults() {
			const ended = await endedParts(world);
			if (ended.length > 0) return ended;
			return Object.entries(await faultsOf(looks)).map(([name, reason]) => `${name}: ${reason}`);
		},
	};
}

async function startParts(world: World, { keys, certificates }: Access, call: RungCall): Promise<Parts> {
	const wanted = world.ports.config.smoke.dependencies!;
	const [temporal, store] = await Promise.all([
		startPart(world, "temporal", { image: wanted.temporal, command: wanted.temporal_command }, call),
		startPart(world, "store", storeOrder(wanted, keys), call),
	]);
	return { temporal, store, front: await startPart(world, "front", frontOrder(world, temporal, certificates), call) };
}

type Wanted = NonNullable<Config["smoke"]["dependencies"]>;
type Part = Pick<ContainerOrder, "image"> & Partial<ContainerOrder>;
type Parts = Readonly<Record<"temporal" | "store" | "front", SeenContainer>>;
interface Access {
	keys: Keys;
	certificates: Certificates;
}

const random = (): Secret => new Secret(randomBytes(18).toString("hex"));

/** The names under which MinIO, versitygw and SeaweedFS take the keys of their account. */
const storeOrder = (
	{ store, store_command: command, store_port: publish }: Wanted,
	{ access, secret }: Keys,
): Part => ({
	...{ image: store, command, publish },
	secrets: {
		...{ MINIO_ROOT_USER: access, MINIO_ROOT_PASSWORD: secret },
		...{ ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
		...{ AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret },
	},
});

const frontOrder = (world: World, temporal: SeenContainer, { ca, server }: Certificates): Part => ({
	...{
		image: world.reference,
		entrypoint: ["node"],
		command: FRONT_ARGUMENTS,
		publish: FRONT_PORT,
		...confined(world),
	},
	env: { FRONT_TARGET: `${temporal.address}:${TEMPORAL_PORT}`, FRONT_CA: ca, FRONT_CERT: server.cert },
	secrets: { FRONT_KEY: server.key },
});

/** Runs it and waits until the daemon says its address and the port here that leads to it. */
async function startPart(
	world: World,
	part: string,
	order: Part,
	{ signal, limitMs }: RungCall,
): Promise<SeenContainer> {
	const { engine, network, labels, ports } = world;
	signal.throwIfAborted();
	const id = await engine.create({ ...order, name: nameOf(world, part), network: network!, labels });
	signal.throwIfAborted();
	world.parts[part] = id;
	await engine.start(id);
	for (const end = ports.clock.now() + limitMs / ADDRESS_SHARE; ;) {
		const seen = await engine.container(id);
		const hasPort = order.publish === undefined || seen?.published !== undefined;
		if (seen?.state === "running" && seen.address !== "" && hasPort) return seen;
		if (!seen || !["created", "running"].includes(seen.state)) throw endedPart(await wordsOf(world, part, seen));
		if (ports.clock.now() >= end) throw addressless(part, seen);
		await ports.clock.sleep(LOOK_EVERY_MS, signal);
	}
}

async function connect({ ports, closers }: World, { front, store }: Parts, { keys, certificates }: Access) {
	const { ca, client, serverName } = certificates;
	const temporal = await ports.connectTemporal({
		...{ address: `127.0.0.1:${front.published}`, namespace: NAMESPACE },
		tls: { ca, client, serverName },
	});
	closers.push(() => temporal.close());
	const endpoint = `127.0.0.1:${store.published}`;
	const pair = { accessKey: keys.access, secretKey: keys.secret };
	return { temporal, s3: await ports.connectS3({ endpoint, secure: false, bucket: BUCKET, ...pair }) };
}

function settingsFor({ ports }: World, { front, store }: Parts, { keys, certificates }: Access) {
	const { ca, client, serverName } = certificates;
	const port = ports.config.smoke.dependencies!.store_port;
	return {
		settings: {
			temporal: { address: hostAndPort(front.address, FRONT_PORT), namespace: NAMESPACE },
			temporalTls: { ca, client, serverName },
			store: { endpoint: hostAndPort(store.address, port), secure: false, bucket: BUCKET, path_style: true },
			// The store of the test is empty, and speaks in clear.
			...{ storeCa: undefined, models: {} },
		},
		secrets: {
			...{ MINIO_ACCESS_KEY: keys.access, MINIO_SECRET_KEY: keys.secret },
			TEMPORAL_TLS_KEY: new Secret(base64(client.key.reveal())),
		},
		targets: [
			{ name: "temporal", host: front.address, port: FRONT_PORT, tls: { serverName, ca } },
			{ name: "store", host: store.address, port },
		],
	};
}

async function assertRun(world: World): Promise<void> {
	const [fault] = await endedParts(world);
	if (fault !== undefined) throw endedPart(fault);
}

const endedPart = (words: string) =>
	new UserError("smoke_dependency", words, {
		hint: "correct its image and command under smoke.dependencies in cres.yaml",
	});

const addressless = (part: string, { address, published }: SeenContainer) =>
	new UserError(
		"smoke_dependency",
		`the container of ${part} runs, but has ${address === "" ? "no address" : `no published port (${published})`}`,
		{ hint: "docker network inspect shows what its network has; restart Docker where it gives no addresses" },
	);
