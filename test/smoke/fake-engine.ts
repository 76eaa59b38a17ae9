import { LABEL } from "../../src/contracts/labels.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { ContainerOrder, Engine, Ran, SeenContainer, Thing } from "../../src/smoke/engine.ts";

interface Held extends SeenContainer {
	order: ContainerOrder;
	log: string[];
	createdAt: number;
}

/** What becomes of a container when it is started, by the last part of its name; others run. */
export type Behaviour = (container: Held) => void;

/** A Docker daemon that holds containers and networks in memory. */
export class FakeEngine implements Engine {
	readonly host = "unix:///var/run/docker.sock";
	containers: Held[] = [];
	networks: Thing[] = [];
	pulled: string[] = [];
	/** By its clock. */
	now = Date.UTC(2026, 10, 23, 10);
	gpu = false;
	behaviours: Record<string, Behaviour> = {};
	/** What a program in a container prints. */
	programs: (argv: readonly string[], container: Held) => Partial<Ran> = () => ({});
	/** Answers of `pull`; throws. */
	refusal: UserError | undefined;
	/** Text of each file that images hold. */
	files = new Map<string, string>();
	/** What it was told to remove, in order. */
	removed: string[] = [];

	facts = async () => ({ version: "28.5.2", gpu: this.gpu, now: this.now });

	pull = async (reference: string) => {
		if (this.refusal) throw this.refusal;
		this.pulled.push(reference);
	};

	createNetwork = async (name: string, labels: Readonly<Record<string, string>>) => {
		this.networks.push({ kind: "network", id: name, name, labels, createdAt: this.now });
		return name;
	};

	create = async (order: ContainerOrder) => {
		const id = `${this.containers.length + 1}`.padStart(12, "0");
		const seen = { id, name: order.name, state: "created", exitCode: 0, outOfMemory: false, address: "" };
		this.containers.push({ ...seen, published: undefined, order, log: [], createdAt: this.now });
		return id;
	};

	start = async (id: string) => {
		const one = this.#of(id);
		const port = Number(id);
		Object.assign(one, { state: "running", address: `172.20.0.${port}` });
		if (one.order.publish !== undefined) one.published = 40_000 + port;
		this.behaviours[one.name.split("-")[3]!]?.(one);
	};

	container = async (id: string) => this.containers.find((one) => one.id === id);

	stop = async (id: string) => {
		const one = this.#of(id);
		if (one.state === "running") one.state = "exited";
	};

	exec = async (id: string, argv: readonly string[]) => ({
		...{ exitCode: 0, stdout: "", stderr: "" },
		...this.programs(argv, this.#of(id)),
	});

	attach = async () => 0;
	read = async (_id: string, path: string) => this.files.get(path);
	has = async (_id: string, path: string) => this.files.has(path);
	log = async (id: string, lines: number) => this.#of(id).log.slice(-lines);

	things = async (id?: string): Promise<Thing[]> => {
		const all: Thing[] = [
			...this.containers.map(({ id: own, name, order, createdAt }): Thing => {
				return { kind: "container", id: own, name, labels: order.labels, createdAt };
			}),
			...this.networks,
		];
		return all.filter(({ labels }) => id === undefined || labels[LABEL.smoke] === id);
	};

	remove = async ({ kind, id }: Pick<Thing, "kind" | "id">) => {
		this.removed.push(id);
		if (kind === "network" && this.containers.some(({ order }) => order.network === id))
			throw new UserError("docker_failed", `network ${id} has active endpoints`);
		this.containers = this.containers.filter((one) => one.id !== id);
		this.networks = this.networks.filter((one) => one.id !== id);
	};

	#of(id: string): Held {
		return this.containers.find((one) => one.id === id)!;
	}
}
