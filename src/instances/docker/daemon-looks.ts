import type Docker from "dockerode";
import { orMissing } from "./answers.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import type { Daemon } from "./daemon.ts";
import { labelFilters } from "./volumes.ts";

type Looks = Pick<ContainerHost, "containers" | "listed" | "container" | "environment">;

/** What is seen of containers. */
export function containerLooks({ docker, ask }: Daemon): Looks {
	const list = (labels: Readonly<Record<string, string>>) =>
		docker.listContainers({ all: true, filters: labelFilters(labels) });
	return {
		containers: (labels, likely) =>
			ask("list containers", async () => {
				const guess = Promise.resolve(likely === undefined ? undefined : stateNow(docker, likely));
				const [listed, guessed] = await Promise.all([list(labels), guess]);
				const lookAt = async (id: string) => (guessed?.id === id ? guessed : stateNow(docker, id));
				const states = await Promise.all(listed.map(({ Id }) => lookAt(Id)));
				return states.filter((state) => state !== undefined);
			}),
		listed: (labels) =>
			ask("list containers", async () =>
				(await list(labels)).map(({ Id, Names, Labels }) => ({ id: Id, name: bare(Names[0] ?? ""), labels: Labels })),
			),
		container: (id) => ask("look at a container", () => stateNow(docker, id)),
		environment: (id) =>
			ask("tell an environment", async () => {
				const { Env } = (await docker.getContainer(id).inspect()).Config;
				return Object.fromEntries(Env.map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]));
			}),
	};
}

async function stateNow(docker: Docker, id: string): Promise<ContainerState | undefined> {
	const found = await orMissing(docker.getContainer(id).inspect());
	return found && stateOf(found);
}

const bare = (name: string): string => name.replace(/^\//, "");

const stateOf = (found: Docker.ContainerInspectInfo): ContainerState => ({
	id: found.Id,
	name: bare(found.Name),
	state: found.State.Status,
	restarts: found.RestartCount,
	exitCode: found.State.ExitCode,
	startedAt: Date.parse(found.State.StartedAt),
	labels: found.Config.Labels,
	address: Object.values(found.NetworkSettings?.Networks ?? {}).find(({ IPAddress }) => IPAddress)?.IPAddress ?? null,
});
